import pickle,numpy as np,sys
sys.path.insert(0,'/work/wt/lead')
import bench.know as bk
from unseen.estimation.shift_model import builtin_shift_model
S=[]
for f in ("0","12"): S+=pickle.load(open(f"/work/tmp/lead/shifts{f}.pkl","rb"))
m=builtin_shift_model(); w=bk.pair_weights(S); t=np.array([s.truth for s in S])
for k,line in (("strangers",m.strangers),("estimate",m.estimate)):
    v=np.array([line.at(bk.signals_of(s,k)) for s in S])
    print(k,"mae %.1f cover %.2f flat %d"%(100*np.average(abs(v[:,0]-t),weights=w),np.average((v[:,1]<=t)&(t<=v[:,2]),weights=w),((v[:,0]>.8)&(t<.6)).sum()))

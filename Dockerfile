# Serves one run to whoever has the token: docker build -t unseen .
# docker run -p 8000:8000 -e UNSEEN_TOKEN=16-or-more-characters -v "$PWD/runs/photos:/run:ro" unseen
FROM python:3.12-slim
COPY . /source
RUN pip install --no-cache-dir -c /source/constraints.txt "/source[serve]" && rm -r /source && useradd --create-home unseen
USER unseen
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz')"]
ENTRYPOINT ["unseen", "serve"]
CMD ["/run", "--host", "0.0.0.0"]

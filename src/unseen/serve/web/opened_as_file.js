// Say what to do where the page was opened as a file: browsers then load no modules, and so nothing else runs.

if (location.protocol === "file:") {
  const problem = document.getElementById("problem");
  problem.textContent = "Browsers load no model into a page that is opened as a file. Serve the folder with: python -m http.server -d FOLDER, and open http://127.0.0.1:8000";
  problem.hidden = false;
}

"use strict";
(function () {
  var all = function (query, root) { return Array.prototype.slice.call((root || document).querySelectorAll(query)); };
  var openUp = function (node) {
    for (var at = node; at; at = at.parentElement) { if (at.tagName === "DETAILS") { at.open = true; } }
  };
  var follow = function () {
    var id = "";
    try { id = decodeURIComponent(location.hash.slice(1)); } catch (error) { return; }
    var node = id && document.getElementById(id);
    if (node) { openUp(node); node.scrollIntoView(); }
  };
  window.addEventListener("hashchange", follow);
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href^='#']");
    if (link && link.getAttribute("href") === location.hash) { follow(); }
    var cell = event.target.closest && event.target.closest(".matrix .row td");
    if (cell) {
      var behaviour = cell.parentElement.querySelector("th a");
      if (behaviour) { location.hash = behaviour.getAttribute("href"); follow(); }
    }
  });
  all(".matrix").forEach(function (table) {
    var heads = all("thead th", table);
    table.addEventListener("mouseover", function (event) {
      var cell = event.target.closest && event.target.closest(".row td");
      if (!cell || cell.dataset.told) { return; }
      cell.dataset.told = "1";
      var row = cell.parentElement.querySelector("th a");
      var head = heads[cell.cellIndex];
      cell.title = row.textContent.trim() + "\n" + (head ? head.title : "") + "\n" + cell.title;
    });
  });
  var find = document.getElementById("find");
  var chosen = function () { var radio = document.querySelector("input[name='rows']:checked"); return radio ? radio.value : "all"; };
  var narrow = function () {
    var text = find.value.trim().toLowerCase(), rows = chosen();
    all(".matrix tbody").forEach(function (body) {
      var left = 0;
      all(".row", body).forEach(function (row) {
        var fits = (rows === "all" || row.dataset.has.split(" ").indexOf(rows) >= 0) &&
          (!text || row.firstElementChild.textContent.toLowerCase().indexOf(text) >= 0);
        row.classList.toggle("hidden", !fits);
        left += fits ? 1 : 0;
      });
      body.classList.toggle("hidden", !left);
    });
    all(".sheet").forEach(function (sheet) {
      sheet.hidden = Boolean(text) && sheet.textContent.toLowerCase().indexOf(text) < 0;
    });
  };
  all(".controls").forEach(function (controls) { controls.hidden = false; });
  if (find) {
    find.addEventListener("input", narrow);
    all("input[name='rows']").forEach(function (radio) { radio.addEventListener("change", narrow); });
  }
  all("button[data-all]").forEach(function (button) {
    button.addEventListener("click", function () {
      all("#matrix details").forEach(function (each) { each.open = button.dataset.all === "open"; });
    });
  });
  if (location.hash) { follow(); }
}());

// Everything works without this file; it keeps pages fresh. log.js is sent with it.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const state = (root = document) => $("h1 .st", root)?.textContent.trim();
  let saidAt = 0;

  // One sentence for those who do not see the page change, at most one in five seconds.
  function say(text) {
    if (Date.now() - saidAt < 5000) return;
    saidAt = Date.now();
    $("#said").textContent = text;
  }

  // The page is fetched again and only the parts that changed are put in its place, so that scroll, selection and
  // focus stay where they are.
  let tag = null;
  let failures = 0;
  let timer = 0;
  const seconds = Number(document.body.dataset.refresh || 0);

  async function refresh() {
    const word = $("#live");
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(location.href.split("#")[0], { headers, cache: "no-store" });
      if (answer.status === 401) {
        if (word) word.textContent = "Signed out";
        return false;
      }
      if (answer.ok) {
        tag = answer.headers.get("ETag");
        patch(new DOMParser().parseFromString(await answer.text(), "text/html"));
      } else if (answer.status !== 304) {
        throw new Error(String(answer.status));
      }
      failures = 0;
      if (word) word.textContent = "Up to date";
    } catch {
      failures += 1;
      if (word) word.textContent = "Offline";
    }
    return true;
  }

  function patch(fresh) {
    const before = state();
    for (const part of all("[data-live]")) {
      const next = fresh.getElementById(part.id);
      if (!next || plain(next) === plain(part)) continue;
      if (part.contains(document.activeElement) || holdsSelection(part)) continue;
      const scroll = all(".scroll", part).map((box) => box.scrollLeft);
      part.replaceWith(next);
      all(".scroll", next).forEach((box, index) => { box.scrollLeft = scroll[index] || 0; });
    }
    const after = state();
    document.title = fresh.title;
    if (before && after && before !== after) {
      say(`Now: ${after}`);
      const icon = $("link[rel=icon]", fresh);
      if (icon) $("link[rel=icon]").href = icon.getAttribute("href");
      // What can be done changes with the state.
      const [old, now] = [$(".actions"), $(".actions", fresh)];
      if (old && now && !old.contains(document.activeElement)) {
        old.replaceWith(now);
        reveal();
      }
    }
    if (!fresh.body.dataset.refresh) stop();
  }

  // Each form has a key of its own, which says nothing about the page.
  function plain(part) {
    return part.innerHTML.replace(/name="once" value="[^"]*"/g, "");
  }

  function holdsSelection(part) {
    const selection = getSelection();
    return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  }

  function plan() {
    clearTimeout(timer);
    if (!document.body.dataset.refresh || document.hidden) return;
    const pause = seconds * 1000 * Math.min(2 ** failures, 12);
    timer = setTimeout(async () => { if (await refresh()) plan(); }, pause);
  }

  function stop() {
    delete document.body.dataset.refresh;
    clearTimeout(timer);
    const word = $("#live");
    if (word) word.textContent = "";
  }

  if (seconds) {
    const word = $("#live");
    if (word) word.textContent = "Up to date";
    document.addEventListener("visibilitychange", async () => {
      if (!document.hidden) await refresh();
      plan();
    });
    plan();
  }

  // Another part of the page knows that something happened.
  addEventListener("rota-refresh", refresh);

  function reveal() {
    for (const part of all(".script[hidden]")) part.hidden = false;
    const copy = $("[data-copy]");
    copy?.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(location.href);
        copy.textContent = "Copied";
      } catch {
        copy.textContent = "Copy the address above";
      }
    });
  }

  reveal();

  // A press anywhere in a cell of the grid opens it: only failures carry links of their own.
  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".grid tbody td");
    if (!cell?.className || event.target.closest("a")) return;
    const head = $("a", cell.closest("table").tHead.rows[0].cells[cell.cellIndex]);
    location.href = `${head.href}/tasks/${encodeURIComponent(cell.parentElement.cells[0].title)}`;
  });
})();

// The log of an attempt: grows, follows, copies and listens to keys. Everything it does can be done without it.
"use strict";
(() => {
  const log = document.getElementById("log");
  if (!log) return;
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const most = 20000;
  const lines = () => log.getElementsByTagName("li").length;
  const reduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const show = (line, block = "center") => line.scrollIntoView({ block, behavior: reduced ? "auto" : "instant" });
  const query = () => new URLSearchParams(location.search);

  // What was chosen stays for the next log.
  function choose(name, value) {
    try {
      localStorage.setItem(`log.${name}`, value);
    } catch { /* Without storage it holds for this page. */ }
  }
  function chosen(name) {
    try {
      return localStorage.getItem(`log.${name}`);
    } catch {
      return null;
    }
  }
  const wrap = $("#nowrap");
  const time = $("#time");
  function setWrap(off) {
    log.classList.toggle("nowrap", off);
    if (wrap) wrap.checked = off;
  }
  function setTime(form) {
    log.classList.toggle("times", form !== "none");
    log.classList.toggle("rel", form === "start");
    if (time) time.value = form;
  }
  if (!query().has("wrap") && chosen("wrap") === "0") setWrap(true);
  if (!query().has("time") && chosen("time")) setTime(chosen("time"));
  wrap?.addEventListener("change", () => { setWrap(wrap.checked); choose("wrap", wrap.checked ? "0" : "1"); });
  time?.addEventListener("change", () => { setTime(time.value); choose("time", time.value); });

  // Lines are appended to lists of a hundred.
  function append(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    $("li.part", log)?.remove();
    const fresh = [...template.content.children];
    let count = 0;
    // Who reads further up keeps what is read: what there is no room for is shown when it is asked for.
    if (!goes && lines() + fresh.length > most) isCut = true;
    if (isCut) return fresh.filter((line) => !line.classList.contains("part")).length;
    for (const line of fresh) {
      let list = log.lastElementChild;
      if (!list || list.tagName !== "OL" || list.children.length >= 100) {
        list = document.createElement("ol");
        log.append(list);
      }
      if (!list.children.length && line.id) line.value = Number(line.id.slice(1));
      list.append(line);
      if (!line.classList.contains("part")) count += 1;
    }
    while (lines() > most) log.firstElementChild.remove();
    return count;
  }

  // Growing in place, a thousand lines at a time.
  async function grow(event) {
    const link = event.target.closest("#earlier, #later");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (lines() >= most) return;
    event.preventDefault();
    if (link.dataset.busy) return;
    link.dataset.busy = "1";
    const earlier = link.id === "earlier";
    const address = new URL(link.href);
    if (earlier) {
      const first = Number($("li[id]", log).id.slice(1));
      address.searchParams.set("from", Math.max(1, first - 1000));
      address.searchParams.set("n", Math.min(1000, first - 1));
    } else {
      address.searchParams.set("n", 1000);
    }
    try {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(String(answer.status));
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const parts = [...(fresh.getElementById("log")?.children ?? [])];
      const next = fresh.getElementById(link.id);
      if (earlier) {
        const height = document.documentElement.scrollHeight;
        log.prepend(...parts);
        scrollBy({ top: document.documentElement.scrollHeight - height, behavior: "instant" });
      } else {
        log.append(...parts);
        const events = fresh.getElementById("log")?.dataset.events;
        if (events) { log.dataset.events = events; follow(); }
      }
      delete link.dataset.busy;
      if (next && lines() < most) link.href = next.href;
      else link.remove();
      extent();
    } catch {
      location.href = link.href;
    }
  }
  function extent() {
    const ids = all("li[id]", log);
    const word = $("#extent");
    if (!word || !ids.length) return;
    const number = (line) => Number(line.id.slice(1)).toLocaleString("en");
    word.textContent = word.textContent.replace(/^Lines [\d,]+–[\d,]+/,
      `Lines ${number(ids[0])}–${number(ids[ids.length - 1])}`);
  }
  document.addEventListener("click", grow);

  // The rest of a long line comes in its place.
  log.addEventListener("click", async (event) => {
    const link = event.target.closest("a.rest");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const line = link.closest("li");
    try {
      const answer = await fetch(link.href);
      const text = (await answer.text()).replace(/\n$/, "");
      if (!answer.ok || text.length > 8e6) throw new Error("too long");
      const number = $(":scope > a:first-child:not([rel])", line);
      line.replaceChildren(...(number ? [number] : []), text);
    } catch {
      location.href = link.href;
    }
  });

  // Following: only at the end of the page; whoever scrolls up reads on in peace.
  const box = $("#follow");
  const atEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 160;
  const toEnd = () => show(log, "end");
  let source = null;
  let missed = 0;
  let last = 0;
  let goes = true;
  let isCut = false;
  const news = document.createElement("button");
  news.className = "news";
  news.hidden = true;
  news.addEventListener("click", () => {
    if (isCut) {
      history.replaceState(null, "", `${location.pathname}#logend`);
      location.reload();
      return;
    }
    if (box) box.checked = true;
    seen();
    toEnd();
  });
  function seen() {
    if (isCut) return;
    goes = true;
    missed = 0;
    news.hidden = true;
  }
  function look() {
    // Content that grows moves the end away; only a reader scrolls up.
    if (scrollY < last - 2) goes = atEnd();
    else if (atEnd()) seen();
    last = scrollY;
  }
  function follow() {
    const events = log.dataset.events;
    if (!events || source) return;
    log.after(news);
    goes = !location.hash || atEnd();
    last = scrollY;
    addEventListener("scroll", look, { passive: true });
    read();
    // A browser has six connections to a server, so a tab that nobody sees gives its own back.
    document.addEventListener("visibilitychange", () => (document.hidden ? pause() : read()));
    addEventListener("pagehide", pause);
    addEventListener("pageshow", read);
    if (goes && !location.hash && log.childElementCount) toEnd();
  }
  function pause() {
    source?.close();
    source = null;
  }
  function read() {
    if (source || document.hidden || !log.dataset.events) return;
    source = new EventSource(log.dataset.events);
    source.addEventListener("lines", (event) => {
      const [start, number] = event.lastEventId.split(":");
      log.dataset.events = log.dataset.events.replace(/from=\d+&line=\d+/, `from=${start}&line=${number}`);
      // Lines may come between a reader's scroll and the browser's word of it.
      look();
      const count = append(event.data);
      if (goes && (!box || box.checked)) {
        toEnd();
      } else {
        missed += count;
        news.textContent = missed === 1 ? "1 new line" : `${missed.toLocaleString("en")} new lines`;
        news.hidden = missed === 0;
      }
    });
    source.addEventListener("end", () => {
      pause();
      delete log.dataset.events;
      dispatchEvent(new Event("rota-refresh"));
    });
  }
  box?.addEventListener("change", () => { if (box.checked) { seen(); toEnd(); } });

  // Line numbers are drawn by the stylesheet; a press on one makes its link the page's address.
  function mark(line) {
    const parts = query();
    parts.delete("from");
    parts.set("at", line.id.slice(1));
    history.replaceState(null, "", `?${parts}#${line.id}`);
    all("li.at", log).forEach((other) => other.classList.remove("at"));
    line.classList.add("at");
    for (let fold = line.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  }
  log.addEventListener("click", (event) => {
    const line = event.target.closest("li[id]");
    if (!line || event.target.closest("a")) return;
    if (event.clientX - line.getBoundingClientRect().left > 64) return;
    if (getSelection().isCollapsed) mark(line);
  });

  // Copying.
  async function copy(button, text) {
    const words = button?.textContent;
    try {
      await navigator.clipboard.writeText(text);
      if (button) button.textContent = "Copied";
    } catch {
      if (button) button.textContent = "The browser refused";
    }
    if (button) setTimeout(() => { button.textContent = words; }, 2000);
  }
  function text(line) {
    const part = line.cloneNode(true);
    all("small", part).forEach((note) => note.remove());
    $(":scope > a:first-child:not([rel])", part)?.remove();
    return part.textContent;
  }
  for (const button of all("[data-log]")) {
    button.addEventListener("click", () => {
      const address = location.href.split("?")[0].split("#")[0];
      const cause = $("li.cause", log);
      const link = cause ? `${address}?at=${cause.id.slice(1)}#${cause.id}` : location.href;
      const kind = button.dataset.log;
      if (kind === "window") copy(button, all("li[id]", log).map(text).join("\n") + "\n");
      if (kind === "cause") copy(button, cause ? text(cause) : $("#failure .causebox")?.textContent ?? "");
      if (kind === "message") copy(button, button.dataset.text + link);
    });
  }
  // One menu at a time.
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // Keys. A step that leaves the window asks the server for the next one.
  function step(selector, way, beyond) {
    const marks = all(selector, log);
    const here = $("li.at", log) || $("li.cause", log);
    const order = (line) => Number(line.id.slice(1)) * way;
    const from = here ? order(here) : -Infinity;
    const next = (way > 0 ? marks : marks.reverse()).find((line) => order(line) > from);
    if (next) {
      mark(next);
      show(next);
    } else if (beyond) {
      location.href = beyond;
    }
  }
  // The server names the neighbours of the line in the address, which may lie within what has grown since.
  async function error(way) {
    const inside = all("li.err, li.cause", log);
    const here = $("li.at", log);
    const edge = way > 0 ? inside[inside.length - 1] : inside[0];
    const target = here && edge === here ? await neighbour(here, way) : $(way > 0 ? "#errnext" : "#errprev")?.href;
    step("li.err, li.cause", way, target);
  }
  async function neighbour(line, way) {
    const answer = await fetch(`${location.pathname}?at=${line.id.slice(1)}`);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    return fresh.getElementById(way > 0 ? "errnext" : "errprev")?.href;
  }
  function hit(way) {
    const links = all("#found .hits a");
    const at = Number($("li.at", log)?.id.slice(1) || 0) * way;
    const number = (link) => Number(link.hash.slice(2)) * way;
    const next = (way > 0 ? links : links.reverse()).find((link) => !at || number(link) > at);
    if (!next) return;
    const line = document.getElementById(next.hash.slice(1));
    if (line) { mark(line); show(line); } else location.href = next.href;
  }
  function attempt(way) {
    const tabs = all("#attempts a").filter((tab) => /\/a\d+$/.test(tab.pathname));
    const here = tabs.findIndex((tab) => tab.getAttribute("aria-current"));
    const next = tabs[here + way];
    if (next) location.href = next.href;
  }
  const keys = {
    e: () => error(1),
    E: () => error(-1),
    n: () => hit(1),
    N: () => hit(-1),
    "[": () => attempt(-1),
    "]": () => attempt(1),
    d: () => { const to = $("#attempts")?.dataset.diff; if (to) location.href = to; },
    l: () => { if (box) { box.checked = !box.checked; if (box.checked) { seen(); toEnd(); } } },
    w: () => { const off = !log.classList.contains("nowrap"); setWrap(off); choose("wrap", off ? "0" : "1"); },
    t: () => {
      const form = !log.classList.contains("times") ? "clock" : log.classList.contains("rel") ? "none" : "start";
      setTime(form);
      choose("time", form);
    },
    z: () => {
      const folds = all("details", log);
      const open = folds.some((fold) => !fold.open);
      folds.forEach((fold) => { fold.open = open; });
    },
    y: () => copy($("[data-copy]"), location.href),
    Home: () => end("#logstart", "#L1"),
    End: () => { if (source && !document.querySelector("#later")) { seen(); toEnd(); } else end("#logend"); },
  };
  function end(selector) {
    const link = $(selector);
    const line = link && document.getElementById(link.hash.slice(1));
    if (line) show(line); else if (link) location.href = link.href;
  }
  addEventListener("rota-keys", (event) => event.detail.push(
    ["e", "Next error"], ["E", "Error before"], ["n", "Next hit of the search"], ["N", "Hit before"],
    ["[", "Attempt before"], ["]", "Next attempt"], ["d", "Compare with the last success"], ["l", "Follow or not"],
    ["w", "Wrap lines or not"], ["t", "Times: of the day, since the start, none"], ["z", "Fold all or none"],
    ["y", "Copy the link"], ["Home", "Start of the log"], ["End", "End of the log"],
  ));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, [contenteditable]") || $("dialog[open]")) return;
    if (document.documentElement.dataset.keys === "off") return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // A line inside of a fold, or one whose list is not drawn yet.
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target && log.contains(target)) {
    for (let fold = target.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
    requestAnimationFrame(() => show(target));
  }
  follow();
})();

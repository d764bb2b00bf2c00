// Everything works without this file; it keeps pages fresh. log.js is sent with it.
"use strict";
(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const state = (root = document) => $("h1 .st", root)?.lastChild.textContent.trim();
  let saidAt = 0;
  let saying = 0;

  // One sentence for those who do not see the page change, at most one in five seconds: the last one.
  function say(text) {
    clearTimeout(saying);
    saying = setTimeout(() => {
      saidAt = Date.now();
      $("#said").textContent = text;
    }, Math.max(0, saidAt + 5000 - Date.now()));
  }

  // What is live: the page is fetched again when the server says that something of its DAG has changed, and as a net
  // at intervals; then only what differs is put in its place, so that focus, caret, selection and scroll stay.
  const parts = all("[data-live]");
  const word = $("#live");
  let seconds = Number(document.body.dataset.refresh || 0);
  const topic = document.body.dataset.topic || "";
  let tag = document.body.dataset.tag || null;
  let failures = 0;
  let timer = 0;
  let isFetching = false;
  let isUp = false;
  let isPaused = sessionStorage.getItem("rota-paused") === "1";
  let refreshedAt = 0;
  let touchedAt = Date.now();
  let held = null;

  function tell(text) {
    if (word && word.textContent !== text) word.textContent = text;
  }

  async function refresh() {
    clearTimeout(timer);
    if (isFetching) {
      timer = setTimeout(refresh, 1000);
      return;
    }
    isFetching = true;
    refreshedAt = Date.now();
    let isOver = false;
    try {
      const headers = tag ? { "If-None-Match": tag } : {};
      const answer = await fetch(location.href.split("#")[0], { headers, cache: "no-store" });
      if (answer.status === 401) {
        tell("Signed out");
        isOver = true;
      } else if (answer.ok) {
        tag = answer.headers.get("ETag");
        take(new DOMParser().parseFromString(await answer.text(), "text/html"));
      } else if (answer.status !== 304) {
        throw new Error(String(answer.status));
      }
      failures = 0;
    } catch {
      failures += 1;
    }
    isFetching = false;
    if (!isOver) plan();
  }

  function plan() {
    clearTimeout(timer);
    if (isPaused) return tell("Paused");
    tell(failures ? "Offline" : isUp ? "Live" : seconds ? "Polling" : "");
    if (document.hidden || !(seconds || failures)) return;
    const period = isUp ? Math.max(seconds, 10) : seconds || 10;
    timer = setTimeout(refresh, period * 1000 * Math.min(2 ** failures, 12));
  }

  // Something has changed: at most one fetch in a second, and none for a page that nobody sees.
  function hear(names) {
    if (isPaused || document.hidden || (topic && names.length && !names.includes(topic))) return;
    clearTimeout(timer);
    timer = setTimeout(refresh, Math.max(100, refreshedAt + 1000 - Date.now()));
  }

  // Where rows came or went, others would move under a thumb: while somebody is busy here, only what stays is
  // changed, and a button shows the rest.
  function take(fresh) {
    // The attempt has begun, and there is a log to follow now.
    if ($("#log", fresh) && !$("#log")) {
      location.reload();
      return;
    }
    const before = state();
    const focus = document.activeElement;
    const point = document.elementFromPoint(innerWidth / 2, innerHeight / 3);
    const top = point?.getBoundingClientRect().top;
    const isBusy = Date.now() - touchedAt < 20000;
    let news = null;
    for (const part of parts) {
      const next = fresh.getElementById(part.id);
      if (!next || holdsSelection(part)) continue;
      const [old, now] = [rows(part), rows(next)];
      const came = [...now.keys()].filter((key) => !old.has(key)).length;
      if (isBusy && old.size && (came || [...old.keys()].some((key) => !now.has(key)))) {
        for (const [key, row] of old) if (now.has(key)) morph(row, now.get(key).cloneNode(true));
        news = (news || 0) + came;
      } else {
        morph(part, next);
      }
    }
    offer(news, fresh);
    document.title = fresh.title;
    seconds = Number(fresh.body.dataset.refresh || 0);
    const clock = $(".foot time", fresh);
    if (clock) morph($(".foot time"), clock);
    const after = state();
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
    if (focus !== document.activeElement && focus?.isConnected) focus.focus({ preventScroll: true });
    if (scrollY && point?.isConnected) scrollBy(0, point.getBoundingClientRect().top - top);
  }

  function offer(count, fresh) {
    held = count === null ? null : fresh;
    let box = $("#news");
    if (!box && !held) return;
    if (!box) {
      box = document.createElement("button");
      box.id = "news";
      box.addEventListener("click", () => {
        touchedAt = 0;
        $("main").focus({ preventScroll: true });
        take(held);
      });
      $("main").append(box);
    }
    box.hidden = !held;
    box.textContent = count ? `${count} new: show` : "Show what has changed";
  }

  function rows(part) {
    const found = new Map();
    for (const row of all("tbody > tr, ul > li", part)) {
      const key = keyOf(row);
      if (key) found.set(`${row.closest("section")?.getAttribute("aria-labelledby")} ${key}`, row);
    }
    return found;
  }

  const keyOf = (node) => node.id || (/^(TR|LI)$/.test(node.tagName)
    && ($("th a:last-of-type, .row a:last-of-type", node) || $("a[href]", node))?.getAttribute("href")) || "";

  // Makes an element like another one, keeping each node that can be kept.
  function morph(old, next) {
    // Each form has a key of its own, which says nothing about the page.
    if (old.isEqualNode(next) || next.name === "once") return;
    if (old.nodeType !== next.nodeType || old.nodeName !== next.nodeName || keyOf(old) !== keyOf(next)) {
      old.replaceWith(next);
      return;
    }
    if (old.nodeType !== 1) {
      old.nodeValue = next.nodeValue;
      return;
    }
    for (const { name } of [...old.attributes]) {
      if (!next.hasAttribute(name) && !["open", "tabindex"].includes(name)) old.removeAttribute(name);
    }
    for (const { name, value } of [...next.attributes]) {
      if (old.getAttribute(name) !== value && name !== "hidden") old.setAttribute(name, value);
    }
    const known = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
    let place = old.firstChild;
    for (const child of [...next.childNodes]) {
      const same = child.nodeType === 1 && known.get(keyOf(child));
      if (same) {
        if (same === place) place = place.nextSibling;
        else old.insertBefore(same, place);
        morph(same, child);
      } else if (place && place.nodeName === child.nodeName && !keyOf(place) && !keyOf(child)) {
        const here = place;
        place = place.nextSibling;
        morph(here, child);
      } else {
        old.insertBefore(child, place);
      }
    }
    while (place) {
      const here = place;
      place = place.nextSibling;
      here.remove();
    }
  }

  function holdsSelection(part) {
    const selection = getSelection();
    return selection && !selection.isCollapsed && part.contains(selection.anchorNode);
  }

  // One stream for all tabs of a browser: the tab with the lock has it and passes on what it hears.
  const channel = new BroadcastChannel("rota");
  let wish = null;
  let source = null;
  let release = null;
  let place = document.body.dataset.place || "";
  let retry = 0;
  let away = 0;

  function pass(message) {
    channel.postMessage(message);
    receive(message);
  }

  function receive(message) {
    if (message.ask) {
      if (source) channel.postMessage({ up: isUp, place });
      return;
    }
    const wasUp = isUp;
    const isBehind = message.up ? !wasUp && message.place !== place : wasUp;
    place = message.place || place;
    isUp = message.up;
    if (isBehind && !document.hidden && !isPaused) refresh();
    else plan();
    if (message.names) hear(message.names);
  }

  function openStream() {
    source = new EventSource(place ? `/events?after=${place}` : "/events");
    // Not the connection but the first event tells that nothing between holds events back.
    source.addEventListener("message", (event) => pass({ up: true, place: event.lastEventId }));
    source.addEventListener("changed", (event) => {
      pass({ up: true, place: event.lastEventId, names: JSON.parse(event.data) });
    });
    source.onerror = () => {
      pass({ up: false });
      if (source?.readyState !== EventSource.CLOSED) return;
      clearTimeout(retry);
      retry = setTimeout(() => { if (source) openStream(); }, 15000);
    };
  }

  function join() {
    if (wish || !navigator.locks) return;
    wish = new AbortController();
    channel.postMessage({ ask: true });
    navigator.locks.request("rota-events", { signal: wish.signal }, () => new Promise((done) => {
      release = done;
      openStream();
    })).catch(() => {});
  }

  function leave() {
    wish?.abort();
    wish = null;
    clearTimeout(retry);
    if (!source) return;
    source.close();
    source = null;
    release();
    isUp = false;
  }

  if (parts.length) {
    channel.onmessage = (event) => receive(event.data);
    document.addEventListener("visibilitychange", () => {
      clearTimeout(away);
      if (document.hidden) {
        clearTimeout(timer);
        away = setTimeout(leave, 60000);
      } else {
        join();
        if (!isPaused) refresh();
      }
    });
    addEventListener("online", refresh);
    addEventListener("offline", refresh);
    addEventListener("pagehide", leave);
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      join();
      refresh();
    });
    for (const kind of ["pointermove", "pointerdown", "keydown", "wheel", "scroll", "touchstart"]) {
      addEventListener(kind, () => { touchedAt = Date.now(); }, { passive: true });
    }
    const pause = $("#pause");
    const show = () => { pause.textContent = isPaused ? "Go on updating" : "Pause updates"; };
    pause.addEventListener("click", () => {
      isPaused = !isPaused;
      sessionStorage.setItem("rota-paused", isPaused ? "1" : "0");
      show();
      if (isPaused) plan();
      else refresh();
    });
    show();
    pause.hidden = false;
    join();
    plan();
  }

  // Keys. A part of a page adds its own: what is pressed, what it does in words, and how.
  const keys = new Map();
  let first = "";
  let firstAt = 0;
  const setting = "rota-keys";
  const areOn = () => localStorage.getItem(setting) !== "off";
  const setKeys = () => { document.documentElement.dataset.keys = areOn() ? "on" : "off"; };
  setKeys();
  const go = (path) => () => { location.href = path; };

  function step(by) {
    const links = all("main tbody > tr, main ul > li").map((row) => $("th a[href], a[href]", row))
      .filter((link) => link?.checkVisibility());
    const here = links.indexOf(document.activeElement);
    const next = links[here < 0 ? (by > 0 ? 0 : links.length - 1) : here + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function toFailure() {
    const box = $("#failure");
    const link = box && $("a[href]", box);
    (link || box)?.focus();
    box?.scrollIntoView({ block: "nearest" });
  }

  keys.set("/", ["Search", () => $("#search").focus()]);
  keys.set("?", ["This list", showKeys]);
  keys.set("g n", ["Go to Now", go("/")]);
  keys.set("g d", ["Go to DAGs", go("/dags")]);
  keys.set("g r", ["Go to runs", go("/runs")]);
  keys.set("g i", ["Go to incidents", go("/incidents")]);
  keys.set("g f", ["Go to failures", go("/failures")]);
  if ($(".actions")) keys.set(".", ["What can be done here", () => $(".actions a, .actions button")?.focus()]);
  if ($("main tbody a, main ul a")) {
    keys.set("j", ["Next row; Enter opens it", () => step(1)]);
    keys.set("k", ["Row before", () => step(-1)]);
  }
  if ($("main tbody input[type=checkbox]")) {
    keys.set("x", ["Select the row, or the first", () => {
      if (!document.activeElement.closest("tbody > tr")) step(1);
      const row = document.activeElement.closest("tbody > tr");
      if (row) $("input[type=checkbox]", row)?.click();
    }]);
  }
  if ($("#failure")) keys.set("f", ["First failure", toFailure]);
  all("main .tabs").slice(0, 1).flatMap((tabs) => all("a", tabs)).slice(0, 9).forEach((tab, index) => {
    keys.set(String(index + 1), [tab.textContent.trim(), () => tab.click()]);
  });

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !areOn()) return;
    if (event.target.closest?.("input, select, textarea, [contenteditable], dialog")) return;
    const pressed = Date.now() - firstAt < 1500 && first ? `${first} ${event.key}` : event.key;
    first = "";
    const found = keys.get(pressed);
    if (found) {
      event.preventDefault();
      found[1]();
    } else if ([...keys.keys()].some((key) => key.startsWith(`${event.key} `))) {
      first = event.key;
      firstAt = Date.now();
    }
  });

  function showKeys() {
    let box = $("#keylist");
    if (!box) {
      box = document.createElement("dialog");
      box.id = "keylist";
      box.setAttribute("aria-labelledby", "keytitle");
      box.innerHTML = "<h2 id=keytitle>Keys</h2><dl class=facts></dl>"
        + "<label class=choice><input type=checkbox> Keys act on this browser</label>"
        + "<form method=dialog><button>Close</button></form>";
      const check = $("input", box);
      check.addEventListener("change", () => {
        localStorage.setItem(setting, check.checked ? "on" : "off");
        setKeys();
      });
      document.body.append(box);
    }
    const list = $("dl", box);
    list.replaceChildren();
    const listed = [...keys].map(([key, [text]]) => [key, text]);
    dispatchEvent(new CustomEvent("rota-keys", { detail: listed }));
    for (const [key, words] of listed) {
      const [name, text] = [document.createElement("dt"), document.createElement("dd")];
      const mark = document.createElement("kbd");
      mark.textContent = key;
      name.append(mark);
      text.textContent = words;
      list.append(name, text);
    }
    $("input", box).checked = areOn();
    box.showModal();
  }

  const keyButton = $("#keys");
  keyButton.hidden = false;
  keyButton.addEventListener("click", showKeys);

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

  // What was done is told once: a reload, or a copied address, does not say it again.
  const here = new URL(location.href);
  if (here.searchParams.has("done")) {
    here.searchParams.delete("done");
    here.searchParams.delete("n");
    history.replaceState(history.state, "", here);
  }

  // A press anywhere in a cell of the grid opens it: only failures carry links of their own.
  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".grid tbody td");
    if (!cell?.className || event.target.closest("a")) return;
    const head = $("a", cell.closest("table").tHead.rows[0].cells[cell.cellIndex]);
    location.href = `${head.href}/tasks/${encodeURIComponent(cell.parentElement.cells[0].title)}`;
  });
})();

// What the page adds where scripts run; without them everything is on it, too. No library, no request.
(() => {
  const root = document.documentElement;
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  root.classList.add("hasjs");

  // The theme: the system's, until another is chosen.
  const themes = ["auto", "light", "dark"];
  const themeButton = document.getElementById("theme");
  const stored = () => { try { return localStorage.getItem("il6r-theme") || "auto"; } catch { return "auto"; } };
  let theme = stored();
  const setTheme = (name) => {
    theme = name;
    if (name === "auto") root.removeAttribute("data-theme"); else root.dataset.theme = name;
    themeButton.textContent = "Theme: " + name;
    try { localStorage.setItem("il6r-theme", name); } catch { /* A page from a file may have no storage. */ }
  };
  setTheme(themes.includes(theme) ? theme : "auto");
  themeButton.onclick = () => setTheme(themes[(themes.indexOf(theme) + 1) % themes.length]);

  // Folded parts: all at once, the one that a link leads to, and on paper those that are short.
  const allButton = document.getElementById("all");
  allButton.onclick = () => {
    const open = allButton.textContent === "Open all";
    all("main details").forEach((part) => { part.open = open; });
    allButton.textContent = open ? "Close all" : "Open all";
  };
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let part = target.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  // A phone opens the first claim only.
  if (matchMedia("(max-width: 46rem)").matches) all(".claim[open]").slice(1).forEach((part) => { part.open = false; });
  reveal();
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("main details.printed:not([open])");
    closed.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((part) => { part.open = false; }));

  // Each table as csv, from its cells: nothing more than is shown.
  const textOf = (node) => {
    if (node.nodeType === Node.TEXT_NODE) return node.nodeValue;
    if (node.nodeType !== Node.ELEMENT_NODE || node.namespaceURI.includes("svg")) return "";
    return " " + [...node.childNodes].map(textOf).join("") + " ";
  };
  const text = (node) => textOf(node).replace(/\s+/g, " ").trim();
  const quoted = (cell) => '"' + text(cell).replace(/\u2212/g, "-").replace(/"/g, '""') + '"';
  const save = (name, body) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff" + body], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 2000);
  };
  const button = (label, name) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "btn";
    made.textContent = label;
    if (name) made.setAttribute("aria-label", name);
    return made;
  };
  all("figure.tab").forEach((figure) => {
    const csv = button("csv", "Download " + figure.id.replace("-", " ") + " as csv");
    csv.classList.add("csv");
    csv.onclick = () => {
      let group = "";
      const lines = [];
      all("tr", figure).forEach((row) => {
        if (row.closest("tfoot")) return;
        if (row.classList.contains("grp")) { group = quoted(row.cells[0]); return; }
        const cells = [...row.cells].map(quoted);
        if (figure.querySelector("tr.grp")) cells.unshift(row.closest("thead") ? '"group"' : group);
        lines.push(cells.join(","));
      });
      save(figure.id + ".csv", lines.join("\r\n") + "\r\n");
    };
    figure.append(csv);
  });
  all("figure.fig").forEach((figure) => {
    const link = document.createElement("a");
    link.className = "btn";
    link.textContent = "svg";
    link.href = figure.querySelector("img").src;
    link.download = figure.dataset.name + ".svg";
    figure.querySelector(".files").prepend(link);
  });

  // Rows by a column, within their groups.
  const numberOf = (words) => {
    const found = words.replace(/\u2212/g, "-").replace(/,/g, "").match(/^[^\d+-]{0,8}([+-]?\d+(\.\d+)?(e[+-]?\d+)?)/);
    return found ? Number(found[1]) : null;
  };
  all("table.sortable").forEach((table) => {
    const heads = all("thead th", table);
    heads.forEach((head, place) => {
      if (head.classList.contains("st")) return;
      const by = document.createElement("button");
      by.type = "button";
      by.append(...head.childNodes);
      head.append(by);
      by.onclick = () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const order = (one, other) => {
          const [a, b] = [one, other].map((row) => text(row.cells[place] || row));
          const [x, y] = [numberOf(a), numberOf(b)];
          return (down ? -1 : 1) * (x !== null && y !== null ? x - y : a.localeCompare(b));
        };
        [...table.tBodies].forEach((body) => {
          let run = [];
          const put = (before) => { run.sort(order).forEach((row) => body.insertBefore(row, before)); run = []; };
          [...body.rows].forEach((row) => {
            if (row.classList.contains("grp")) put(row); else run.push(row);
          });
          put(null);
        });
      };
    });
  });

  // Findings of one verdict.
  const tally = all("#tally li");
  tally.forEach((item) => {
    const only = document.createElement("button");
    only.type = "button";
    only.setAttribute("aria-pressed", "false");
    only.append(...item.childNodes);
    item.append(only);
    only.onclick = () => {
      const on = only.getAttribute("aria-pressed") !== "true";
      all("#tally button").forEach((other) => other.setAttribute("aria-pressed", "false"));
      only.setAttribute("aria-pressed", String(on));
      all(".sofT tbody").forEach((body) => {
        const rows = all("tr[data-key]", body);
        rows.forEach((row) => { row.hidden = on && row.dataset.key !== item.dataset.key; });
        body.hidden = rows.every((row) => row.hidden);
      });
    };
  });

  // Text to paste.
  all("[data-copy]").forEach((copy) => {
    copy.onclick = () => {
      const source = document.getElementById(copy.dataset.copy);
      const select = () => {
        getSelection().selectAllChildren(source);
        copy.textContent = "Selected: press copy";
      };
      if (!navigator.clipboard) { select(); return; }
      navigator.clipboard.writeText(text(source)).then(() => { copy.textContent = "Copied"; }, select);
    };
  });

  // Where the reader is.
  const links = new Map(all(".side a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting && links.has(entry.target.id)).forEach((entry) => {
      links.forEach((link) => link.removeAttribute("aria-current"));
      links.get(entry.target.id).setAttribute("aria-current", "true");
    });
  }, { rootMargin: "-10% 0px -80% 0px" });
  all("main > section").forEach((section) => seen.observe(section));
})();

// Puts Descope's component on the sign-in page, and hands to the service what a finished sign-in brings.
"use strict";

(() => {
  const PATIENCE = 8000; // milliseconds until the form counts as not loaded
  const TRIES = 3; // of handing over
  const PAUSE = 1000; // milliseconds between them
  const place = document.getElementById("component");
  const waiting = document.getElementById("waiting");
  const problem = document.getElementById("problem");
  const others = document.getElementById("others");
  const settings = place.dataset;

  const tell = (text) => {
    waiting.hidden = true;
    problem.textContent = text;
    problem.hidden = false;
    others.open = true;
  };

  if (!customElements.get("descope-wc")) {
    tell("The sign-in form could not be loaded. Load this page anew, or choose another way below.");
    return;
  }

  // Tokens stay in this page's memory: local storage would outlive it and be readable by every later script.
  const memory = new Map();
  const component = document.createElement("descope-wc");
  component.customStorage = {
    getItem: (key) => memory.get(key) ?? null,
    setItem: (key, value) => memory.set(key, value),
    removeItem: (key) => memory.delete(key),
  };
  const attributes = {
    "project-id": settings.projectId,
    "flow-id": settings.flowId,
    "base-url": settings.baseUrl,
    "redirect-url": settings.redirectUrl,
    "store-last-authenticated-user": "false",
  };
  // Plain http is for development alone, and then nothing comes from Descope's own hosts.
  if (settings.baseUrl.startsWith("http:")) attributes["base-cdn-url"] = settings.baseUrl;
  for (const [name, value] of Object.entries(attributes)) {
    if (value) component.setAttribute(name, value);
  }

  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => component.setAttribute("theme", dark.matches ? "dark" : "light");
  dark.addEventListener("change", paint);
  paint();

  const late = setTimeout(
    () => tell("The sign-in form takes very long to load. Wait, load this page anew, or choose another way below."),
    PATIENCE,
  );

  const send = (tokens) =>
    fetch("/auth/session", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Transaction": settings.transaction },
      body: JSON.stringify(tokens),
      credentials: "same-origin",
      cache: "no-store",
      redirect: "error",
    });

  // A phone that changes its network in this moment would else have to sign in again.
  const sendAgain = async (tokens) => {
    for (let left = TRIES - 1; left > 0; left -= 1) {
      try {
        return await send(tokens);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, PAUSE));
      }
    }
    return send(tokens);
  };

  const handOver = async ({ sessionJwt, refreshJwt }) => {
    waiting.hidden = false;
    component.hidden = true;
    try {
      const answer = await sendAgain({ sessionJwt, refreshJwt });
      const told = await answer.json();
      if (answer.ok) location.replace(told.redirect);
      else tell(told.error);
    } catch {
      tell("The sign-in service could not be reached. Check your connection and load this page anew.");
    } finally {
      for (const storage of [memory, localStorage, sessionStorage]) storage.clear();
    }
  };

  component.addEventListener("ready", () => {
    clearTimeout(late);
    waiting.hidden = true;
    problem.hidden = true;
    others.open = false;
  });
  component.addEventListener("error", (event) => {
    clearTimeout(late);
    const why = event.detail?.errorMessage || event.detail?.errorDescription;
    tell(`Signing in did not work${why ? ` (${why})` : ""}. Load this page anew, or choose another way below.`);
  });
  component.addEventListener("success", (event) => handOver(event.detail));

  waiting.hidden = false;
  others.open = false;
  place.append(component);
})();

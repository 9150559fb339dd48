// Sends the form, reads the answer as server-sent events, and shows each batch as it arrives.
// Everything that comes from a CV goes into the page as text (textContent), never as markup.

const $ = (id) => document.getElementById(id);
let leaving = null;
let screened = 0;

function element(tag, words, ...classes) {
  const made = document.createElement(tag);
  if (words !== undefined && words !== null) made.textContent = String(words);
  made.classList.add(...classes.filter(Boolean));
  return made;
}

const SHOWN = { evidenced: "shown in use", claimed: "only mentioned", missing: "not found" };
const MARKS = { evidenced: "✓", claimed: "~", missing: "✗" }; // colour alone tells not everybody

function card(result) {
  const item = element("li");
  const score = element("div", result.score === null ? "–" : Math.floor(result.score), "score");
  score.append(element("small", result.match_status));
  const about = element("div");
  about.append(element("div", result.file, "name"));
  if (result.summary) about.append(element("div", result.summary));
  const chips = element("div", null, "chips");
  for (const skill of result.skills) {
    const kind = skill.classification in SHOWN ? skill.classification : "";
    const words = kind ? `${MARKS[kind]} ${skill.name}` : skill.name;
    const chip = element("span", words, "chip", kind, skill.importance === "essential" && "essential");
    chip.title = `${skill.importance ?? "asked for"}: ${SHOWN[skill.classification] ?? skill.classification}`;
    chips.append(chip);
  }
  about.append(chips);
  const quoted = result.skills.filter((skill) => skill.evidence.length);
  if (quoted.length) {
    const details = element("details");
    details.append(element("summary", "What the CV says"));
    for (const skill of quoted) {
      details.append(element("strong", skill.name));
      for (const found of skill.evidence) {
        const where = [found.section, found.page && `page ${found.page}`].filter(Boolean).join(", ");
        details.append(element("blockquote", where ? `${found.quote} (${where})` : found.quote));
      }
    }
    about.append(details);
  }
  item.append(score, about);
  item.dataset.score = result.score ?? -1;
  return item;
}

function place(item) {
  const list = $("results");
  const after = [...list.children].find((other) => Number(other.dataset.score) < Number(item.dataset.score));
  list.insertBefore(item, after ?? null);
}

function aside(file, why) {
  const item = element("li");
  item.append(element("span", file, "name"), element("div", why, "soft"));
  $("rejected").append(item);
  $("others").hidden = false;
}

const REACT = {
  progress(progress) {
    const done = progress.screened + progress.rejected;
    $("progress").max = Math.max(progress.found + progress.rejected, 1);
    $("progress").value = done;
    const words = `${progress.screened} of ${progress.found} screened, ${progress.elapsed} s`;
    say(progress.found ? words : "Reading the files …");
  },
  batch(batch) {
    batch.results.forEach((result) => place(card(result)));
    batch.rejected.forEach((one) => aside(one.file, one.detail));
    batch.failed.forEach((one) => aside(one.file, `${one.detail}; it can be sent again`));
    batch.unsettled.forEach((one) => aside(one.file, "Nobody can say yet whether it was taken; do not send it again."));
    if (batch.problem) aside(`Batch ${batch.batch_id ?? ""}`, batch.problem.title);
    screened += batch.results.length;
    $("progress").value = screened;
    say(`${screened} screened`);
    $("legend").hidden = !screened;
    look();
  },
  end(summary) {
    const without = [
      summary.invalid && `${summary.invalid} unreadable`,
      summary.rejected && `${summary.rejected} refused`,
      summary.failed && `${summary.failed} failed`,
      summary.unsettled && `${summary.unsettled} unsettled`,
    ].filter(Boolean);
    const others = without.length ? ` (${without.join(", ")})` : "";
    say(`Done: ${summary.screened} screened${others} in ${summary.elapsed} s, ${summary.credits_used} credits used.`);
  },
  problem(problem) {
    say(problem.detail ? `${problem.title}. ${problem.detail}` : `${problem.title}.`, true);
  },
};

function say(words, trouble = false) {
  $("state").textContent = words;
  $("state").classList.toggle("trouble", trouble);
}

async function* events(body) {
  let rest = "";
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value;
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const fields = {};
      for (const line of rest.slice(0, end).split("\n")) {
        const at = line.indexOf(": ");
        if (at > 0) fields[line.slice(0, at)] = line.slice(at + 2);
      }
      rest = rest.slice(end + 2);
      if (fields.event) yield { name: fields.event, content: JSON.parse(fields.data) };
    }
  }
}

async function screen(form) {
  $("results").replaceChildren();
  $("rejected").replaceChildren();
  $("others").hidden = true;
  $("legend").hidden = true;
  $("progress").hidden = false;
  $("progress").removeAttribute("value");
  screened = 0;
  say("Uploading …");
  leaving = new AbortController();
  $("start").disabled = true;
  $("stop").hidden = false;
  let last = "";
  try {
    const answer = await fetch("/screenings", { method: "POST", body: new FormData(form), signal: leaving.signal });
    if (!answer.ok) {
      const problem = await answer.json().catch(() => ({}));
      throw new Error(problem.title ?? (typeof problem.detail === "string" ? problem.detail : "The form was refused"));
    }
    for await (const event of events(answer.body)) {
      last = event.name;
      REACT[event.name]?.(event.content);
    }
    if (last !== "end" && last !== "problem") throw new Error("The connection ended early; what was open is cancelled");
  } catch (error) {
    if (error.name === "AbortError") say("Stopped: what was not screened is cancelled, and its credits come back.");
    else say(`${error.message}.`, true);
  } finally {
    leaving = null;
    $("start").disabled = false;
    $("stop").hidden = true;
    $("progress").hidden = true;
    look();
  }
}

async function look() {
  try {
    const about = await (await fetch("/about")).json();
    const where = about.sandbox ? "Sandbox on this machine: its scores are its own, not CVSense’s. " : "";
    $("about").textContent = `${where}${about.credits} credits`;
    $("deliveries").replaceChildren(
      ...about.deliveries.map((one) => element("li", `${one.event}, batch ${one.batch_id ?? "–"}, ${one.at ?? ""}`)),
    );
  } catch {
    $("about").textContent = "The service does not answer.";
  }
}

function chosen() {
  const count = $("files").files.length;
  $("chosen").textContent = count ? `${count} ${count === 1 ? "file" : "files"} chosen` : "PDF or DOCX; one credit each";
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (!leaving) screen(event.target);
});
$("stop").addEventListener("click", () => leaving?.abort());
$("files").addEventListener("change", chosen);
for (const kind of ["dragover", "dragleave", "drop"]) {
  $("drop").addEventListener(kind, (event) => {
    event.preventDefault();
    $("drop").classList.toggle("over", kind === "dragover");
    if (kind === "drop") {
      $("files").files = event.dataTransfer.files;
      chosen();
    }
  });
}
look();

// The queue and the history. The filters are in the address, so that they can be sent to somebody.
import { Button, NativeSelect, TextInput } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { get, type Job, type Remote, segment } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { Ago, Bar, Empty, JobStatus, Loaded, Page, Table } from "../parts";

const OPEN = "queued,running,retrying,waiting-for-space,paused";
const PAGE = 200;
const FILTERS = ["state", "remote", "submitter", "batch"];
const PAUSE_MS = 2000;
const TYPING_MS = 400;

export default function Jobs() {
  const t = useTexts();
  const [search, setSearch] = useSearchParams();
  const value = (name: string) => search.get(name) ?? "";
  const set = (name: string, to: string) =>
    setSearch(
      (old) => {
        const next = new URLSearchParams(old);
        next.delete("after");
        if (to === "") next.delete(name);
        else next.set(name, to);
        return next;
      },
      { replace: true },
    );
  const query = new URLSearchParams({ limit: String(PAGE) });
  for (const name of [...FILTERS, "after"]) {
    if (value(name) !== "") query.set(name, value(name));
  }
  const jobs = useQuery({
    queryKey: ["jobs", query.toString()],
    queryFn: () => get<{ jobs: Job[] }>(`/jobs?${query}`),
    refetchInterval: PAUSE_MS,
    placeholderData: keepPreviousData,
  });
  const remotes = useQuery({ queryKey: ["remotes"], queryFn: () => get<{ remotes: Remote[] }>("/remotes") });
  const filtered = FILTERS.some((name) => value(name) !== "");
  const states = [
    { value: "", label: t.jobs.anyState },
    { value: OPEN, label: t.jobs.open },
    ...Object.entries(t.jobs.states).map(([state, label]) => ({ value: state, label })),
  ];
  const known = (remotes.data?.remotes ?? []).map((remote) => remote.name);
  if (value("remote") !== "" && !known.includes(value("remote"))) known.push(value("remote"));
  return (
    <Page title={value("batch") === "" ? t.views.jobs : t.jobs.partsOf(value("batch"))}>
      <div className="filters">
        <NativeSelect
          label={t.jobs.state}
          data={states}
          value={value("state")}
          onChange={(event) => set("state", event.currentTarget.value)}
        />
        <NativeSelect
          label={t.jobs.remote}
          data={[{ value: "", label: t.jobs.anyRemote }, ...known]}
          value={value("remote")}
          onChange={(event) => set("remote", event.currentTarget.value)}
        />
        <Typed label={t.jobs.submitter} value={value("submitter")} set={(to) => set("submitter", to)} />
        {filtered && (
          <Button variant="subtle" className="clear" onClick={() => setSearch({}, { replace: true })}>
            {t.jobs.clear}
          </Button>
        )}
      </div>
      <section className="card" aria-label={t.views.jobs}>
        <Loaded query={jobs}>
          {(data) =>
            data.jobs.length === 0 && value("after") === "" ? (
              filtered ? (
                <Empty title={t.jobs.noneMatch} />
              ) : (
                <Empty
                  title={t.jobs.none}
                  help={t.jobs.noneHelp}
                  command="slipway push BUCKET:KEY REMOTE:/FOLDER/ --wait"
                />
              )
            ) : (
              <>
                <JobTable jobs={data.jobs} />
                <Pages jobs={data.jobs} />
              </>
            )
          }
        </Loaded>
      </section>
    </Page>
  );
}

/** Leads to the jobs before and after those that are shown. */
function Pages({ jobs }: { jobs: Job[] }) {
  const t = useTexts();
  const [search] = useSearchParams();
  const to = (after: string | null) => {
    const next = new URLSearchParams(search);
    if (after === null) next.delete("after");
    else next.set("after", after);
    return `/jobs?${next}`;
  };
  const last = jobs.at(-1);
  const more = jobs.length === PAGE && last !== undefined;
  if (!more && !search.has("after")) return null;
  return (
    <nav className="pages pad" aria-label={t.jobs.pages}>
      {search.has("after") && <Link href={to(null)}>{t.jobs.newest}</Link>}
      {more && <Link href={to(last.id)}>{t.jobs.older}</Link>}
    </nav>
  );
}

/** A field whose value counts when its user pauses. */
function Typed({ label, value, set }: { label: string; value: string; set: (to: string) => void }) {
  const t = useTexts();
  const [text, setText] = useState(value);
  useEffect(() => setText(value), [value]);
  useEffect(() => {
    if (text === value) return;
    const timer = setTimeout(() => set(text.trim()), TYPING_MS);
    return () => clearTimeout(timer);
  });
  return (
    <TextInput
      label={label}
      placeholder={t.jobs.anySubmitter}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
    />
  );
}

/** Why a job is not done. */
export function Why({ job }: { job: Job }) {
  const t = useTexts();
  const { number } = useFormat();
  if (job.state === "succeeded") return null;
  return (
    <>
      {job.state === "retrying" && (
        <span className="note under warn">
          {t.jobs.attemptFailed(number(job.attempt))} {t.jobs.nextAttempt}: <Ago at={job.nextAttempt} />
        </span>
      )}
      {job.message !== "" && <span className="note under">{job.message}</span>}
    </>
  );
}

export function JobProgress({ job }: { job: Job }) {
  const t = useTexts();
  const { bytes, number } = useFormat();
  if (job.filesTotal !== null && job.state === "succeeded") {
    return (
      <>
        <span className="amount">{t.accounts.files(number(job.filesTotal))}</span>
        <Bar label={t.jobs.progress} value={1} total={1} tone="good" />
      </>
    );
  }
  if (job.filesTotal !== null && job.filesDone !== null) {
    return (
      <>
        <span className="amount">{t.jobs.files(number(job.filesDone), number(job.filesTotal))}</span>
        <Bar label={t.jobs.progress} value={job.filesDone} total={job.filesTotal} />
      </>
    );
  }
  if (job.bytesTotal === null) return <span className="amount">{job.bytesDone > 0 ? bytes(job.bytesDone) : "–"}</span>;
  return (
    <>
      <span className="amount">
        {job.state === "succeeded" ? bytes(job.bytesTotal) : t.jobs.of(bytes(job.bytesDone), bytes(job.bytesTotal))}
      </span>
      <Bar
        label={`${t.jobs.progress} ${job.source}`}
        value={job.state === "succeeded" ? 1 : job.bytesDone}
        total={job.state === "succeeded" ? 1 : job.bytesTotal}
        tone={job.state === "failed" ? "bad" : job.state === "succeeded" ? "good" : "busy"}
      />
    </>
  );
}

function JobTable({ jobs }: { jobs: Job[] }) {
  const t = useTexts();
  return (
    <Table
      label={t.views.jobs}
      head={[t.jobs.state, t.jobs.what, t.jobs.progress, t.jobs.submitter, t.jobs.created]}
    >
      {jobs.map((job) => (
        <tr key={job.id}>
          <td className="tight">
            <JobStatus state={job.state} />
          </td>
          <td className="path">
            <Link href={`/jobs/${segment(job.id)}`}>
              {job.source} <span aria-hidden="true">→</span> {job.destination}
            </Link>
            <Why job={job} />
          </td>
          <td className="progress">
            <JobProgress job={job} />
          </td>
          <td className="tight">{job.submitter}</td>
          <td className="tight">
            <Ago at={job.created} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

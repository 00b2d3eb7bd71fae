// One job: how far it is, what can be done with it, and each attempt.
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useRef } from "react";
import { Link } from "wouter";
import { type Attempt, get, type JobDetails, segment } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { Ago, Empty, Facts, JobStatus, Loaded, Page, Section, Table } from "../parts";
import { isOver, JobActions } from "./job-actions";
import { JobProgress, Why } from "./jobs";

const PAUSE_MS = 1000;

/** Recent bytes per second, from what the job has reported. */
function useRate(job: JobDetails | undefined): number | null {
  const last = useRef({ at: 0, bytes: 0, rate: -1 });
  if (job === undefined || job.state !== "running") {
    last.current = { at: 0, bytes: 0, rate: -1 };
    return null;
  }
  const now = performance.now();
  const before = last.current;
  if (before.at === 0) {
    last.current = { at: now, bytes: job.bytesDone, rate: -1 };
  } else if (now - before.at >= PAUSE_MS * 0.8 && job.bytesDone >= before.bytes) {
    const measured = ((job.bytesDone - before.bytes) / (now - before.at)) * 1000;
    last.current = { at: now, bytes: job.bytesDone, rate: before.rate < 0 ? measured : (before.rate + measured) / 2 };
  }
  return last.current.rate < 0 ? null : last.current.rate;
}

export default function JobPage({ id }: { id: string }) {
  const t = useTexts();
  const { time, number, rate, duration } = useFormat();
  const job = useQuery({
    queryKey: ["job", id],
    queryFn: () => get<JobDetails>(`/jobs/${segment(id)}`),
    refetchInterval: (query) => (query.state.data !== undefined && isOver(query.state.data.state) ? 5000 : PAUSE_MS),
  });
  const attempts = useQuery({
    queryKey: ["job", id, "attempts"],
    queryFn: () => get<{ attempts: Attempt[] }>(`/jobs/${segment(id)}/attempts`),
    refetchInterval: 2000,
  });
  const speed = useRate(job.data);
  return (
    <Page title={job.data === undefined ? t.operations.job! : job.data.source} actions={job.data && <JobActions job={job.data} />}>
      <p className="crumb">
        <Link href="/jobs">← {t.views.jobs}</Link>
      </p>
      <div className="stack">
        <section className="card" aria-label={t.jobs.progress}>
          <Loaded query={job}>
            {(data) => (
              <div className="job-now">
                <div className="job-state">
                  <JobStatus state={data.state} />
                  {data.phase !== "" && !isOver(data.state) && <span className="note">{data.phase}</span>}
                  {speed !== null && (
                    <span className="note number">
                      {rate(speed)}
                      {data.bytesTotal !== null &&
                        speed > 0 &&
                        ` · ${t.jobs.left(duration(((data.bytesTotal - data.bytesDone) / speed) * 1000))}`}
                    </span>
                  )}
                </div>
                <JobProgress job={data} />
                {data.state === "succeeded" ? (
                  data.message !== "" && <p className="message">{data.message}</p>
                ) : (
                  <div className="message">
                    <Why job={data} />
                  </div>
                )}
              </div>
            )}
          </Loaded>
        </section>
        <Section title={t.jobs.details}>
          <Loaded query={job}>
            {(data) => (
              <Facts
                facts={[
                  [t.jobs.source, data.source],
                  [t.jobs.destination, data.destination],
                  [t.jobs.kind, data.kind],
                  [t.jobs.submitter, data.submitter],
                  [t.jobs.created, time(data.created)],
                  [t.jobs.started, time(data.started)],
                  [t.jobs.ended, time(data.ended)],
                  ...(data.priority === 0 ? [] : [[t.jobs.priority, number(data.priority)] as [string, string]]),
                  ...(data.deadline === null ? [] : [[t.jobs.deadline, time(data.deadline)] as [string, string]]),
                  ...(data.nextAttempt === null
                    ? []
                    : [[t.jobs.nextAttempt, <Ago at={data.nextAttempt} />] as [string, ReactNode]]),
                  ...(data.waitingSince === null
                    ? []
                    : [[t.jobs.waitingSince, time(data.waitingSince)] as [string, string]]),
                  ...(data.correlation === "" ? [] : [[t.jobs.correlation, data.correlation] as [string, string]]),
                  ...(data.parts === null || data.parts === undefined
                    ? []
                    : [
                        [
                          t.jobs.files(number(data.parts.succeeded), number(data.parts.total)),
                          <Link href={`/jobs?batch=${segment(data.id)}`}>{t.jobs.showParts}</Link>,
                        ] as [string, ReactNode],
                      ]),
                ]}
              />
            )}
          </Loaded>
        </Section>
        <Section title={t.jobs.attempts}>
          <Loaded query={attempts}>
            {(data) =>
              data.attempts.length === 0 ? (
                <Empty title={t.jobs.noAttempts} />
              ) : (
                <Table label={t.jobs.attempts} head={[t.jobs.attempt, t.jobs.started, t.transfers.took, t.jobs.result]}>
                  {data.attempts.toReversed().map((attempt) => (
                    <tr key={attempt.number}>
                      <td className="tight number">{number(attempt.number)}</td>
                      <td className="tight">{time(attempt.started)}</td>
                      <td className="tight number">
                        {attempt.ended === null
                          ? "–"
                          : duration(new Date(attempt.ended).getTime() - new Date(attempt.started).getTime())}
                      </td>
                      <td className="reason">
                        {attempt.message || (attempt.ended === null ? t.jobs.underWay : t.jobs.ok)}
                      </td>
                    </tr>
                  ))}
                </Table>
              )
            }
          </Loaded>
        </Section>
      </div>
    </Page>
  );
}

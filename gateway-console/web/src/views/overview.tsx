// What goes on right now, and what went wrong.
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Link } from "wouter";
import { type EndedTransfer, get, type JobState, type Overview as Now, segment, type Throughput } from "../api";
import { ThroughputChart } from "../chart";
import { useFormat } from "../format";
import { Icon } from "../icons";
import { useTexts } from "../language";
import { useLive } from "../live";
import { Ago, Bar, Empty, JobStatus, Loaded, Page, Section, Status, Table } from "../parts";
import { AccountLink } from "../self";
import { TransferTable } from "./transfer-table";

const SHOWN_TRANSFERS = 8;
const SHOWN_FAILURES = 5;

export function Overview() {
  const t = useTexts();
  const { overview } = useLive();
  const throughput = useQuery({
    queryKey: ["throughput"],
    queryFn: () => get<Throughput>("/throughput"),
    refetchInterval: 10_000,
  });
  return (
    <Page title={t.views.overview} actions={overview !== null && <Ready now={overview} />}>
      <div className="tiles">
        <Tiles now={overview} />
      </div>
      <div className="columns">
        <Section title={t.overview.throughput} className="wide">
          <Loaded query={throughput}>{(data) => <ThroughputChart data={data} />}</Loaded>
        </Section>
        <Section title={t.overview.memory}>
          <Loaded query={{ data: overview ?? undefined, error: null, refetch: () => {} }}>
            {(now) => <Memory now={now} />}
          </Loaded>
        </Section>
        <Section
          title={t.overview.inFlight}
          className="wide"
          note={overview !== null && overview.transferCount > SHOWN_TRANSFERS && <Link href="/transfers">{t.views.transfers}</Link>}
        >
          <Loaded query={{ data: overview ?? undefined, error: null, refetch: () => {} }}>
            {(now) =>
              now.transfers.length === 0 ? (
                <Empty title={t.transfers.none} help={t.transfers.noneHelp} />
              ) : (
                <TransferTable transfers={now.transfers.slice(0, SHOWN_TRANSFERS)} />
              )
            }
          </Loaded>
        </Section>
        <Section title={t.overview.jobs} note={<Link href="/jobs">{t.views.jobs}</Link>}>
          <Loaded query={{ data: overview ?? undefined, error: null, refetch: () => {} }}>
            {(now) => <JobCounts now={now} />}
          </Loaded>
        </Section>
        <Section
          title={t.overview.failures}
          className="whole"
          note={<Link href="/transfers#failures">{t.overview.more}</Link>}
        >
          <Loaded query={{ data: overview ?? undefined, error: null, refetch: () => {} }}>
            {(now) =>
              now.failures.length === 0 ? (
                <Empty title={t.overview.noFailures} help={t.overview.noFailuresHelp} />
              ) : (
                <FailureTable failures={now.failures.slice(0, SHOWN_FAILURES)} />
              )
            }
          </Loaded>
        </Section>
      </div>
    </Page>
  );
}

function Ready({ now }: { now: Now }) {
  const t = useTexts();
  return (
    <div className="ready">
      {now.problems.length === 0 ? (
        <span title={t.overview.readyText}>
          <Status tone="good">{t.overview.ready}</Status>
        </span>
      ) : (
        <span>
          <Status tone="bad">{t.overview.notReady}</Status> <span className="reason">{now.problems.join("; ")}</span>
        </span>
      )}
      <span className="note since">
        <Since at={now.since} />
      </span>
    </div>
  );
}

function Since({ at }: { at: string }) {
  const t = useTexts();
  const { ago, time } = useFormat();
  return <span title={time(at)}>{t.overview.since(ago(at))}</span>;
}

function Tile({ label, value, note, icon }: { label: string; value: ReactNode; note?: ReactNode; icon?: ReactNode }) {
  return (
    <div className="card tile">
      <span className="label">
        {icon}
        {label}
      </span>
      <span className="value">{value}</span>
      <span className="note">{note ?? "\u00a0"}</span>
    </div>
  );
}

function Tiles({ now }: { now: Now | null }) {
  const t = useTexts();
  const { number, rate } = useFormat();
  const sessions = Object.entries(now?.sessions ?? {});
  const total = sessions.reduce((sum, [, count]) => sum + count, 0);
  return (
    <>
      <Tile icon={<Icon name="up" />} label={t.overview.incoming} value={now === null ? "–" : rate(now.bytesIn)} />
      <Tile icon={<Icon name="down" />} label={t.overview.outgoing} value={now === null ? "–" : rate(now.bytesOut)} />
      <Tile
        icon={<Icon name="transfers" />}
        label={t.overview.inFlight}
        value={now === null ? "–" : number(now.transferCount)}
      />
      <Tile
        icon={<Icon name="accounts" />}
        label={t.overview.sessions}
        value={now === null ? "–" : number(total)}
        note={
          now !== null &&
          (total === 0
            ? t.overview.noSessions
            : sessions.map(([protocol, count]) => `${t.origins[protocol] ?? protocol} ${number(count)}`).join(" · "))
        }
      />
    </>
  );
}

function Memory({ now }: { now: Now }) {
  const t = useTexts();
  const { bytes } = useFormat();
  return (
    <ul className="pools">
      {now.memory.map((pool) => (
        <li key={pool.pool}>
          <div className="pool-head">
            <span>{t.overview.pools[pool.pool] ?? pool.pool}</span>
            <span className="note">{t.overview.memoryOf(bytes(pool.reserved), bytes(pool.budget))}</span>
          </div>
          <Bar
            label={t.overview.pools[pool.pool] ?? pool.pool}
            value={pool.reserved}
            total={pool.budget}
            tone={pool.waiting > 0 ? "wait" : "busy"}
          />
          {pool.waiting > 0 && <span className="note warn">{t.overview.waiting(pool.waiting)}</span>}
        </li>
      ))}
    </ul>
  );
}

function JobCounts({ now }: { now: Now }) {
  const t = useTexts();
  const { number } = useFormat();
  const counts = Object.entries(now.jobs) as [JobState, number][];
  if (counts.every(([, count]) => count === 0)) {
    return <Empty title={t.overview.noJobs} />;
  }
  return (
    <ul className="counts">
      {counts.map(([state, count]) => (
        <li key={state}>
          <Link href={`/jobs?state=${state}`}>
            <JobStatus state={state} />
            <span className="count">{number(count)}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

export function FailureTable({ failures }: { failures: EndedTransfer[] }) {
  const t = useTexts();
  return (
    <Table
      label={t.overview.failures}
      head={[t.transfers.when, t.transfers.account, t.transfers.path, t.transfers.reason]}
    >
      {failures.map((failure, index) => (
        <tr key={`${failure.at} ${index}`}>
          <td className="tight">
            <Ago at={failure.at} />
          </td>
          <td className="tight">
            {failure.account === null ? (
              (t.operations.job ?? "job")
            ) : (
              <AccountLink name={failure.account} />
            )}
          </td>
          <td className="path">
            {failure.job === null ? failure.path : <Link href={`/jobs/${segment(failure.job)}`}>{failure.path}</Link>}
            <span className="note under">
              {t.operations[failure.operation] ?? failure.operation}
              {failure.origin !== null && ` · ${t.origins[failure.origin] ?? failure.origin}`}
              {failure.address !== null && ` · ${failure.address}`}
            </span>
          </td>
          <td className="reason">{failure.message}</td>
        </tr>
      ))}
    </Table>
  );
}

// Everything that moves, over every protocol.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Link } from "wouter";
import { type EndedTransfer, get, remove, segment, type Session, type TransferList, type Upload } from "../api";
import { useFormat } from "../format";
import { Icon } from "../icons";
import { useTexts } from "../language";
import { useLive } from "../live";
import { useNotices } from "../notices";
import { Ago, Asking, Empty, Loaded, Page, Section, Table } from "../parts";
import { AccountLink } from "../self";
import { FailureTable } from "./overview";
import { TransferTable } from "./transfer-table";

const PAUSE_MS = 3000;

export default function Transfers() {
  const t = useTexts();
  const { overview } = useLive();
  const list = useQuery({
    queryKey: ["transfers"],
    queryFn: () => get<TransferList>("/transfers"),
    refetchInterval: PAUSE_MS,
  });
  const sessions = useQuery({
    queryKey: ["sessions"],
    queryFn: () => get<{ sessions: Session[] }>("/sessions"),
    refetchInterval: PAUSE_MS,
  });
  const uploads = useQuery({
    queryKey: ["uploads"],
    queryFn: () => get<{ uploads: Upload[] }>("/uploads"),
    refetchInterval: PAUSE_MS,
  });
  // What is above it has its height only then.
  const isComplete = overview !== null && [list, sessions, uploads].every((query) => !query.isPending);
  useEffect(() => {
    if (isComplete && location.hash === "#failures") document.getElementById("failures")?.scrollIntoView();
  }, [isComplete]);
  return (
    <Page title={t.views.transfers}>
      <div className="stack">
        <Section title={t.transfers.inFlight}>
          <Loaded query={{ data: overview ?? undefined, error: null, refetch: () => {} }}>
            {(now) =>
              now.transfers.length === 0 ? (
                <Empty title={t.transfers.none} help={t.transfers.noneHelp} />
              ) : (
                <>
                  <TransferTable transfers={now.transfers} />
                  {now.transferCount > now.transfers.length && (
                    <p className="note pad">{t.transfers.more(now.transferCount - now.transfers.length)}</p>
                  )}
                </>
              )
            }
          </Loaded>
        </Section>
        <Section title={t.transfers.sessions}>
          <Loaded query={sessions}>{(data) => <Sessions sessions={data.sessions} />}</Loaded>
        </Section>
        <Section title={t.transfers.interrupted}>
          <Loaded query={uploads}>{(data) => <Uploads uploads={data.uploads} />}</Loaded>
        </Section>
        <Section title={t.transfers.failures} anchor="failures">
          <Loaded query={list}>
            {(data) =>
              data.failures.length === 0 ? (
                <Empty title={t.overview.noFailures} help={t.overview.noFailuresHelp} />
              ) : (
                <FailureTable failures={data.failures} />
              )
            }
          </Loaded>
        </Section>
        <Section title={t.transfers.completed}>
          <Loaded query={list}>{(data) => <Completed completed={data.completed} />}</Loaded>
        </Section>
      </div>
    </Page>
  );
}

function Sessions({ sessions }: { sessions: Session[] }) {
  const t = useTexts();
  const notices = useNotices();
  const queries = useQueryClient();
  if (sessions.length === 0) return <Empty title={t.transfers.noSessions} help={t.transfers.noSessionsHelp} />;
  return (
    <Table
      label={t.transfers.sessions}
      head={[
        t.transfers.account,
        t.transfers.protocol,
        t.transfers.client,
        t.transfers.since,
        <span className="hidden">{t.transfers.endSession}</span>,
      ]}
    >
      {sessions.map((session) => (
        <tr key={session.id} data-session={session.id}>
          <td>
            <Link href={`/accounts?name=${segment(session.account)}`}>{session.account}</Link>
          </td>
          <td>{t.origins[session.protocol] ?? session.protocol}</td>
          <td className="number">{session.address}</td>
          <td>
            <Ago at={session.since} />
          </td>
          <td className="act">
            <Asking
              label={t.transfers.endSession}
              question={t.transfers.endSessionQuestion(session.account)}
              text={t.transfers.endSessionText}
              run={() =>
                remove(`/sessions/${segment(session.id)}`)
                  .then(() => notices.done(t.transfers.sessionEnded), notices.failed)
                  .finally(() => queries.invalidateQueries({ queryKey: ["sessions"] }))
              }
            />
          </td>
        </tr>
      ))}
    </Table>
  );
}

function Uploads({ uploads }: { uploads: Upload[] }) {
  const t = useTexts();
  const { bytes } = useFormat();
  const notices = useNotices();
  const queries = useQueryClient();
  if (uploads.length === 0) return <Empty title={t.transfers.noInterrupted} help={t.transfers.noInterruptedHelp} />;
  return (
    <Table
      label={t.transfers.interrupted}
      head={[
        t.transfers.path,
        t.transfers.account,
        t.transfers.size,
        t.transfers.since,
        <span className="hidden">{t.transfers.discard}</span>,
      ]}
    >
      {uploads.map((upload) => (
        <tr key={upload.id}>
          <td className="path">
            {upload.bucket}:{upload.key}
          </td>
          <td className="tight">
            <Link href={`/accounts?name=${segment(upload.account)}`}>{upload.account}</Link>
          </td>
          <td className="tight number">{upload.bytes === null ? t.transfers.unknown : bytes(upload.bytes)}</td>
          <td className="tight">
            <Ago at={upload.since} />
          </td>
          <td className="act">
            <Asking
              label={t.transfers.discard}
              question={t.transfers.discardQuestion}
              text={t.transfers.discardText}
              run={() =>
                remove(`/uploads/${segment(upload.id)}`)
                  .then(() => notices.done(t.transfers.discarded), notices.failed)
                  .finally(() => queries.invalidateQueries({ queryKey: ["uploads"] }))
              }
            />
          </td>
        </tr>
      ))}
    </Table>
  );
}

export function Completed({ completed }: { completed: EndedTransfer[] }) {
  const t = useTexts();
  const { bytes, duration, rate } = useFormat();
  if (completed.length === 0) return <Empty title={t.transfers.noCompleted} />;
  return (
    <Table
      label={t.transfers.completed}
      head={[t.transfers.path, t.transfers.account, t.transfers.size, t.transfers.rate, t.transfers.took, t.transfers.when]}
    >
      {completed.map((one, index) => (
        <tr key={`${one.at} ${index}`}>
          <td className="path">
            <span className="with-icon">
              <Icon name={one.operation === "upload" ? "up" : "down"} size={16} />
              <span className="hidden">{t.operations[one.operation] ?? one.operation}</span>
              {one.path}
            </span>
            <span className="note under">
              {one.origin !== null && (t.origins[one.origin] ?? one.origin)}
              {one.address !== null && ` · ${one.address}`}
            </span>
          </td>
          <td className="tight">
            {one.account !== null && <AccountLink name={one.account} />}
          </td>
          <td className="tight number">{bytes(one.bytes)}</td>
          <td className="tight number">{rate(one.milliseconds ? (one.bytes / one.milliseconds) * 1000 : null)}</td>
          <td className="tight number">{duration(one.milliseconds)}</td>
          <td className="tight">
            <Ago at={one.at} />
          </td>
        </tr>
      ))}
    </Table>
  );
}

import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "wouter";
import { get, post, type Pull, type PullRun, segment } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { useNotices } from "../notices";
import { Ago, Empty, Facts, Loaded, Page, Section, Status, Table } from "../parts";

const EXAMPLE = `pulls:
  - name: invoices
    remote: partner
    folder: /out
    incremental: "*/10 * * * *"
    target:
      account: accounting`;

export default function Pulls() {
  const t = useTexts();
  const pulls = useQuery({
    queryKey: ["pulls"],
    queryFn: () => get<{ pulls: Pull[] }>("/pulls"),
    refetchInterval: 3000,
  });
  return (
    <Page title={t.views.pulls}>
      <Loaded query={pulls}>
        {(data) =>
          data.pulls.length === 0 ? (
            <section className="card" aria-label={t.views.pulls}>
              <Empty title={t.pulls.none} help={t.pulls.noneHelp} command={EXAMPLE} />
            </section>
          ) : (
            <div className="stack">
              {data.pulls.map((pull) => (
                <OnePull key={pull.name} pull={pull} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function OnePull({ pull }: { pull: Pull }) {
  const t = useTexts();
  const { number, bytes } = useFormat();
  const notices = useNotices();
  const queries = useQueryClient();
  const path = `/pulls/${segment(pull.name)}`;
  const runs = useQuery({
    queryKey: ["pulls", pull.name, "runs"],
    queryFn: () => get<{ runs: PullRun[] }>(`${path}/runs?limit=5`),
    refetchInterval: 5000,
  });
  const act = (action: string, body: unknown, text: string) =>
    void post(`${path}/${action}`, body)
      .then(() => notices.done(text), notices.failed)
      .finally(() => queries.invalidateQueries({ queryKey: ["pulls"] }));
  const target =
    pull.targetAccount === null
      ? `${pull.targetBucket ?? ""}:${pull.targetPrefix ?? ""}`
      : `${pull.targetAccount}@${pull.targetFolder ?? "/"}`;
  return (
    <Section
      title={pull.name}
      note={
        <div className="actions">
          <Status tone={pull.paused ? "wait" : "good"}>{pull.paused ? t.pulls.paused : t.pulls.active}</Status>
          <Button size="xs" onClick={() => act("runs", {}, t.pulls.started)}>
            {t.pulls.runNow}
          </Button>
          <Button
            size="xs"
            variant="default"
            onClick={() =>
              act(pull.paused ? "resume" : "pause", undefined, pull.paused ? t.pulls.resumedNow : t.pulls.pausedNow)
            }
          >
            {pull.paused ? t.pulls.resume : t.pulls.pause}
          </Button>
        </div>
      }
    >
      <Facts
        facts={[
          [t.pulls.from, `${pull.remote}:${pull.folder}`],
          [t.pulls.to, target],
          [
            t.pulls.schedule,
            pull.incremental === null && pull.full === null
              ? t.pulls.onDemand
              : [
                  pull.incremental !== null && `${t.pulls.incremental}: ${pull.incremental}`,
                  pull.full !== null && `${t.pulls.full}: ${pull.full}`,
                  `(${pull.timeZone})`,
                ]
                  .filter(Boolean)
                  .join(" "),
          ],
          [
            t.pulls.next,
            <Ago at={[pull.nextIncremental, pull.nextFull].filter((at): at is string => at !== null).sort()[0]} />,
          ],
        ]}
      />
      <Loaded query={runs}>
        {(data) =>
          data.runs.length === 0 ? (
            <Empty title={t.pulls.noRuns} />
          ) : (
            <Table
              label={`${t.pulls.runs} ${pull.name}`}
              head={[t.pulls.begun, t.jobs.kind, t.pulls.found, t.pulls.stored, t.pulls.bytes, t.pulls.failed]}
            >
              {data.runs.map((run) => (
                <tr key={run.job}>
                  <td>
                    <Link href={`/jobs/${segment(run.job)}`}>
                      <Ago at={run.begun} />
                    </Link>
                  </td>
                  <td>
                    {run.full ? t.pulls.full : t.pulls.incremental}
                    {run.dryRun && `, ${t.pulls.dryRun}`}
                  </td>
                  <td className="number">{number(run.found)}</td>
                  <td className="number">{number(run.stored)}</td>
                  <td className="number">{bytes(run.bytes)}</td>
                  <td className="number">
                    {run.failed > 0 ? <Status tone="bad">{number(run.failed)}</Status> : number(0)}
                    {run.problems.length > 0 && <span className="note under">{run.problems[0]}</span>}
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Loaded>
    </Section>
  );
}

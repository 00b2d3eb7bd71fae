import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { get, post, segment, type Watch } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { useNotices } from "../notices";
import { Empty, Loaded, Page, Status, Table } from "../parts";

const EXAMPLE = `watches:
  - name: scans
    folder: /srv/scans
    target:
      account: archive`;

export default function Watches() {
  const t = useTexts();
  const { number, bytes } = useFormat();
  const notices = useNotices();
  const queries = useQueryClient();
  const watches = useQuery({
    queryKey: ["watches"],
    queryFn: () => get<{ watches: Watch[] }>("/watches"),
    refetchInterval: 3000,
  });
  const act = (watch: Watch, action: string, text: string) =>
    void post(`/watches/${segment(watch.name)}/${action}`)
      .then(() => notices.done(text), notices.failed)
      .finally(() => queries.invalidateQueries({ queryKey: ["watches"] }));
  return (
    <Page title={t.views.watches}>
      <section className="card" aria-label={t.views.watches}>
        <Loaded query={watches}>
          {(data) =>
            data.watches.length === 0 ? (
              <Empty title={t.watches.none} help={t.watches.noneHelp} command={EXAMPLE} />
            ) : (
              <Table
                label={t.views.watches}
                head={[
                  t.watches.name,
                  t.watches.state,
                  t.watches.target,
                  t.watches.waiting,
                  t.watches.stored,
                  t.watches.failing,
                  <span className="hidden">{t.watches.pause}</span>,
                ]}
              >
                {data.watches.map((watch) => (
                  <tr key={watch.name}>
                    <td className="path">
                      <strong>{watch.name}</strong>
                      <span className="note under">{watch.folder}</span>
                    </td>
                    <td>
                      <Status tone={watch.problem !== null ? "bad" : watch.state === "watching" ? "good" : "wait"}>
                        {t.watches.states[watch.state] ?? watch.state}
                      </Status>
                      {watch.problem !== null && <span className="note under">{watch.problem}</span>}
                    </td>
                    <td className="path">{watch.target}</td>
                    <td className="number">{number(watch.waiting)}</td>
                    <td className="number">
                      {number(watch.stored)}
                      <span className="note under">{bytes(watch.storedBytes)}</span>
                    </td>
                    <td className="number">
                      {watch.failing > 0 ? <Status tone="bad">{number(watch.failing)}</Status> : number(0)}
                    </td>
                    <td className="act">
                      <div className="actions end">
                        <Button
                          size="xs"
                          variant="default"
                          onClick={() => act(watch, "rescan", t.watches.rescanned)}
                        >
                          {t.watches.rescan}
                        </Button>
                        {watch.state === "paused" ? (
                          <Button size="xs" variant="default" onClick={() => act(watch, "resume", t.watches.resumedNow)}>
                            {t.watches.resume}
                          </Button>
                        ) : (
                          <Button size="xs" variant="default" onClick={() => act(watch, "pause", t.watches.pausedNow)}>
                            {t.watches.pause}
                          </Button>
                        )}
                      </div>
                    </td>
                  </tr>
                ))}
              </Table>
            )
          }
        </Loaded>
      </section>
    </Page>
  );
}

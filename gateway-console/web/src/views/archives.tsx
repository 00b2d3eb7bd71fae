// Archives and their tasks; what is in an archive, and in which one a file is.
import { Button, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { Link, useLocation, useSearchParams } from "wouter";
import { type Archive, type ArchivedFile, type ArchiveTask, get, post, segment } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { useNotices } from "../notices";
import { Ago, Empty, Loaded, Page, Section, Table } from "../parts";

const EXAMPLE = `archives:
  - name: logs
    source: {prefix: logs/}
    target: {prefix: archives/}
    format: tar-zst
    schedule: "*/10 * * * *"`;

const PAGE = 100;
const MOST_FOUND = 500;

export default function Archives() {
  const t = useTexts();
  const [search] = useSearchParams();
  const id = search.get("id");
  const pattern = search.get("find");
  return (
    <Page title={t.views.archives}>
      <div className="stack">
        {id !== null ? (
          <Members id={id} />
        ) : (
          <>
            <Find pattern={pattern ?? ""} />
            {pattern !== null && <Found pattern={pattern} />}
            <Tasks />
            <AllArchives />
          </>
        )}
      </div>
    </Page>
  );
}

function Find({ pattern }: { pattern: string }) {
  const t = useTexts();
  const [, go] = useLocation();
  const [text, setText] = useState(pattern);
  useEffect(() => setText(pattern), [pattern]);
  const find = (event: FormEvent) => {
    event.preventDefault();
    go(text.trim() === "" ? "/archives" : `/archives?find=${segment(text.trim())}`);
  };
  return (
    <section className="card" aria-label={t.archives.find}>
      <form className="form row" onSubmit={find} role="search">
        <TextInput
          className="grow"
          label={t.archives.find}
          description={t.archives.findHelp}
          placeholder="*invoice-17*"
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Button type="submit" variant="default">
          {t.archives.search}
        </Button>
      </form>
    </section>
  );
}

function Found({ pattern }: { pattern: string }) {
  const t = useTexts();
  const { number } = useFormat();
  const found = useQuery({
    queryKey: ["archived-files", pattern],
    queryFn: () => get<{ files: ArchivedFile[] }>(`/archived-files?limit=${MOST_FOUND}&pattern=${segment(pattern)}`),
  });
  return (
    <Section title={t.archives.found} note={<Link href="/archives">{t.close}</Link>}>
      <Loaded query={found}>
        {(data) =>
          data.files.length === 0 ? (
            <Empty title={t.archives.noneFound} help={t.archives.findHelp} />
          ) : (
            <>
              <FileTable label={t.archives.found} files={data.files} withArchive />
              {data.files.length === MOST_FOUND && <p className="note pad">{t.archives.atMost(number(MOST_FOUND))}</p>}
            </>
          )
        }
      </Loaded>
    </Section>
  );
}

function FileTable({ label, files, withArchive = false }: { label: string; files: ArchivedFile[]; withArchive?: boolean }) {
  const t = useTexts();
  const { bytes, time } = useFormat();
  return (
    <Table
      label={label}
      head={[t.archives.key, t.archives.size, t.archives.modified, ...(withArchive ? [t.archives.archive] : [])]}
    >
      {files.map((file) => (
        <tr key={`${file.archive} ${file.position}`}>
          <td className="path">
            {file.bucket}:{file.key}
          </td>
          <td className="tight number">{bytes(file.size)}</td>
          <td className="tight">{time(file.modified)}</td>
          {withArchive && (
            <td className="tight">
              <Link href={`/archives?id=${segment(file.archive)}`}>{file.archive.slice(0, 8)}…</Link>
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}

function Tasks() {
  const t = useTexts();
  const notices = useNotices();
  const queries = useQueryClient();
  const [, go] = useLocation();
  const tasks = useQuery({
    queryKey: ["archive-tasks"],
    queryFn: () => get<{ tasks: ArchiveTask[] }>("/archive-tasks"),
    refetchInterval: 10_000,
  });
  const run = (task: ArchiveTask) =>
    void post<{ job: string }>(`/archive-tasks/${segment(task.name)}/runs`, {})
      .then(({ job }) => {
        notices.done(t.archives.started);
        go(`/jobs/${segment(job)}`);
      }, notices.failed)
      .finally(() => queries.invalidateQueries({ queryKey: ["archives"] }));
  return (
    <Section title={t.archives.tasks}>
      <Loaded query={tasks}>
        {(data) =>
          data.tasks.length === 0 ? (
            <Empty title={t.archives.noTasks} help={t.archives.noneHelp} command={EXAMPLE} />
          ) : (
            <Table
              label={t.archives.tasks}
              head={[
                t.archives.task,
                t.archives.source,
                t.archives.target,
                t.archives.originals,
                t.archives.next,
                <span className="hidden">{t.archives.runNow}</span>,
              ]}
            >
              {data.tasks.map((task) => (
                <tr key={task.name}>
                  <td>
                    <strong>{task.name}</strong>
                    <span className="note under">{task.format === "tar" ? "tar" : "tar.zst"}</span>
                  </td>
                  <td className="path">{task.source}</td>
                  <td className="path">{task.target}</td>
                  <td>{t.archives.originalsWords[task.originals] ?? task.originals}</td>
                  <td className="tight">
                    {task.next === null ? t.archives.onDemand : <Ago at={task.next} />}
                    {task.schedule !== null && (
                      <span className="note under">
                        {task.schedule} ({task.timeZone})
                      </span>
                    )}
                  </td>
                  <td className="act">
                    <div className="actions end">
                      <Button size="xs" variant="default" onClick={() => run(task)}>
                        {t.archives.runNow}
                      </Button>
                    </div>
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

function AllArchives() {
  const t = useTexts();
  const { number, bytes, time } = useFormat();
  const archives = useInfiniteQuery({
    queryKey: ["archives"],
    queryFn: ({ pageParam }) =>
      get<{ archives: Archive[] }>(`/archives?limit=${PAGE}${pageParam === "" ? "" : `&after=${pageParam}`}`),
    initialPageParam: "",
    getNextPageParam: (last) => (last.archives.length < PAGE ? null : last.archives.at(-1)!.id),
  });
  return (
    <Section title={t.views.archives}>
      <Loaded query={archives}>
        {(data) => {
          const all = data.pages.flatMap((page) => page.archives);
          return all.length === 0 ? (
            <Empty title={t.archives.none} />
          ) : (
            <>
              <Table
                label={t.views.archives}
                head={[t.archives.archive, t.archives.task, t.archives.created, t.archives.files, t.archives.size]}
              >
                {all.map((archive) => (
                  <tr key={archive.id}>
                    <td className="path">
                      <Link href={`/archives?id=${segment(archive.id)}`}>
                        {archive.bucket}:{archive.key}
                      </Link>
                    </td>
                    <td className="tight">{archive.task}</td>
                    <td className="tight">{time(archive.created)}</td>
                    <td className="tight number">{number(archive.members)}</td>
                    <td className="tight number">{bytes(archive.bytes)}</td>
                  </tr>
                ))}
              </Table>
              <More query={archives} />
            </>
          );
        }}
      </Loaded>
    </Section>
  );
}

function More({
  query,
}: {
  query: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };
}) {
  const t = useTexts();
  if (!query.hasNextPage) return null;
  return (
    <div className="pad">
      <Button size="xs" variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
        {t.archives.more}
      </Button>
    </div>
  );
}

function Members({ id }: { id: string }) {
  const t = useTexts();
  const { number, bytes, time } = useFormat();
  const archive = useQuery({
    queryKey: ["archives", id],
    queryFn: () => get<Archive>(`/archives/${segment(id)}`),
    retry: false,
  });
  const members = useInfiniteQuery({
    queryKey: ["archives", id, "members"],
    queryFn: ({ pageParam }) =>
      get<{ members: ArchivedFile[] }>(
        `/archives/${segment(id)}/members?limit=${PAGE}${pageParam < 0 ? "" : `&after=${pageParam}`}`,
      ),
    initialPageParam: -1,
    getNextPageParam: (last) => (last.members.length < PAGE ? null : last.members.at(-1)!.position),
    retry: false,
  });
  return (
    <>
      <p className="crumb">
        <Link href="/archives">← {t.archives.back}</Link>
      </p>
      <Section
        title={archive.data === undefined ? t.archives.archive : t.archives.members(archive.data.key)}
        note={
          archive.data !== undefined &&
          `${number(archive.data.members)} · ${bytes(archive.data.bytes)} · ${time(archive.data.created)}`
        }
      >
        <Loaded query={members}>
          {(data) => (
            <>
              <FileTable label={t.archives.files} files={data.pages.flatMap((page) => page.members)} />
              <More query={members} />
            </>
          )}
        </Loaded>
      </Section>
    </>
  );
}

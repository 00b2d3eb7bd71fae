// The files of the account that has signed in.
import { Button, Checkbox, Modal, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type DragEvent, type FormEvent, type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Link, useSearchParams } from "wouter";
import { contentOf, type FileEntry, type FileList, type FileSpace, get, post, segment } from "../api";
import { useFormat } from "../format";
import { Icon } from "../icons";
import { useLanguage, useTexts } from "../language";
import { useNotices } from "../notices";
import { Asking, Empty, Loaded, Page } from "../parts";
import { cleaned, foldersOf, joined } from "../paths";
import { useSelf } from "../self";
import { addUploads, type ChosenFile, filesOf, filesOfInput, onStored } from "../uploads";
import { deleteEntry, FileDetails } from "./file-details";

const PART = 1000;
const ROW_PX = 45;
type Column = "name" | "size" | "modified";

const addressOf = (path: string) => `/files${path === "/" ? "" : `?path=${segment(path)}`}`;

export default function Files() {
  const t = useTexts();
  const [search] = useSearchParams();
  const path = cleaned(search.get("path") ?? "/");
  return <Folder key={path} path={path} title={t.views.files} />;
}

function Folder({ path, title }: { path: string; title: string }) {
  const t = useTexts();
  const self = useSelf();
  const queries = useQueryClient();
  const [shown, setShown] = useState<FileEntry | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [dragged, setDragged] = useState(false);
  const depth = useRef(0);
  const may = (permission: string) => self.permissions?.includes(permission as never) ?? false;
  const list = useInfiniteQuery({
    queryKey: ["files", path],
    queryFn: ({ pageParam }) =>
      get<FileList>(`/files?path=${segment(path)}&limit=${PART}${pageParam === 0 ? "" : `&offset=${pageParam}`}`),
    initialPageParam: 0,
    getNextPageParam: (last) => last.next,
    refetchOnWindowFocus: false,
  });
  const { hasNextPage, isFetchingNextPage, isError, fetchNextPage } = list;
  useEffect(() => {
    // All of them, so that they can be sorted and searched.
    if (hasNextPage && !isFetchingNextPage && !isError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage, list.data]);
  const changed = () => queries.invalidateQueries({ queryKey: ["files"] });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ends = onStored((folder) => {
      if (folder === path || folder.startsWith(path === "/" ? "/" : `${path}/`)) {
        timer ??= setTimeout(() => {
          timer = undefined;
          void queries.invalidateQueries({ queryKey: ["files", path] });
        }, 500);
      }
    });
    return () => {
      ends();
      clearTimeout(timer);
    };
  }, [path, queries]);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    depth.current = 0;
    setDragged(false);
    if (may("write")) void filesOf(event.dataTransfer).then((files) => addUploads(path, files));
  };
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  const chosenEntries = entries.filter((entry) => chosen.has(entry.path));
  return (
    <div
      className={dragged && may("write") ? "drop-zone over" : "drop-zone"}
      onDragEnter={(event) => {
        if (event.dataTransfer.types.includes("Files")) {
          depth.current++;
          setDragged(true);
        }
      }}
      onDragLeave={() => {
        depth.current = Math.max(0, depth.current - 1);
        if (depth.current === 0) setDragged(false);
      }}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <Page
        title={title}
        actions={
          <>
            {may("mkdir") && <NewFolder folder={path} done={changed} />}
            {may("write") && (
              <>
                <Choose label={t.files.uploadFolder} folders add={(files) => addUploads(path, files)} />
                <Choose label={t.files.upload} add={(files) => addUploads(path, files)} />
              </>
            )}
          </>
        }
      >
        <div className="crumbs-row">
          <Crumbs path={path} />
          <SpaceLeft path={path} />
        </div>
        <section className="card" aria-label={t.views.files}>
          <Loaded query={list}>
            {() =>
              entries.length === 0 ? (
                <Empty title={t.files.empty} help={may("write") ? t.files.emptyHelp : t.files.emptyReadOnly} />
              ) : (
                <FileTable
                  entries={entries}
                  loading={hasNextPage}
                  chosen={chosen}
                  choose={setChosen}
                  show={setShown}
                  canDelete={may("delete")}
                  actions={
                    chosenEntries.length > 0 && <DeleteChosen entries={chosenEntries} done={() => {
                      setChosen(new Set());
                      return changed();
                    }} />
                  }
                />
              )
            }
          </Loaded>
        </section>
      </Page>
      {dragged && may("write") && <p className="drop-text">{t.files.drop}</p>}
      {shown !== null && (
        <FileDetails
          entry={shown}
          close={() => setShown(null)}
          changed={() => {
            setShown(null);
            void changed();
          }}
        />
      )}
    </div>
  );
}

function Crumbs({ path }: { path: string }) {
  const t = useTexts();
  const folders = foldersOf(path);
  return (
    <nav className="crumbs" aria-label={t.files.path}>
      <ol>
        <li>{path === "/" ? <span aria-current="page">{t.files.root}</span> : <Link href="/files">{t.files.root}</Link>}</li>
        {folders.map((folder, index) => (
          <li key={folder.path}>
            {index === folders.length - 1 ? (
              <span aria-current="page">{folder.name}</span>
            ) : (
              <Link href={addressOf(folder.path)}>{folder.name}</Link>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

function SpaceLeft({ path }: { path: string }) {
  const t = useTexts();
  const { bytes } = useFormat();
  const space = useQuery({
    queryKey: ["files", path, "space"],
    queryFn: () => get<FileSpace>(`/files/space?path=${segment(path)}`),
    retry: false,
  });
  if (space.data === undefined || space.data.free === null || space.data.total === null) return null;
  return <span className="note number">{t.files.space(bytes(space.data.free), bytes(space.data.total))}</span>;
}

function Choose({ label, folders = false, add }: { label: string; folders?: boolean; add: (files: ChosenFile[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <Button size="sm" variant={folders ? "default" : "filled"} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label={label}
        tabIndex={-1}
        {...(folders ? { webkitdirectory: "" } : {})}
        onChange={(event) => {
          add(filesOfInput(event.currentTarget.files));
          event.currentTarget.value = "";
        }}
      />
    </>
  );
}

function NewFolder({ folder, done }: { folder: string; done: () => Promise<void> }) {
  const t = useTexts();
  const notices = useNotices();
  const [open, setOpen] = useState(false);
  const [name, setName] = useState("");
  const [busy, setBusy] = useState(false);
  const create = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    void post<FileEntry>("/files/folders", { path: joined(folder, name.trim()) })
      .then(async () => {
        setOpen(false);
        setName("");
        await done();
      }, notices.failed)
      .finally(() => setBusy(false));
  };
  return (
    <>
      <Button size="sm" variant="default" onClick={() => setOpen(true)}>
        {t.files.newFolder}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t.files.newFolder}
        centered
        lockScroll={false}
        closeButtonProps={{ "aria-label": t.close }}
        transitionProps={{ duration: 0 }}
      >
        <form className="stack" onSubmit={create}>
          <TextInput
            label={t.files.name}
            value={name}
            required
            withAsterisk={false}
            data-autofocus
            spellCheck={false}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <div className="actions end">
            <Button variant="default" onClick={() => setOpen(false)}>
              {t.cancel}
            </Button>
            <Button type="submit" loading={busy} disabled={name.trim() === "" || name.includes("/")}>
              {t.files.create}
            </Button>
          </div>
        </form>
      </Modal>
    </>
  );
}

function DeleteChosen({ entries, done }: { entries: FileEntry[]; done: () => Promise<void> }) {
  const t = useTexts();
  const notices = useNotices();
  const { number } = useFormat();
  const run = async () => {
    try {
      for (const entry of entries) await deleteEntry(entry);
      notices.done(t.files.deleted);
    } catch (error) {
      notices.failed(error);
    }
    await done();
  };
  return (
    <Asking
      label={t.files.deleteChosen(number(entries.length))}
      question={t.files.deleteQuestion(number(entries.length))}
      text={t.files.deleteText}
      run={run}
    />
  );
}

function FileTable({
  entries,
  loading,
  chosen,
  choose,
  show,
  canDelete,
  actions,
}: {
  entries: FileEntry[];
  loading: boolean;
  chosen: ReadonlySet<string>;
  choose: (paths: ReadonlySet<string>) => void;
  show: (entry: FileEntry) => void;
  canDelete: boolean;
  actions: ReactNode;
}) {
  const t = useTexts();
  const { locale } = useLanguage();
  const { number } = useFormat();
  const [text, setText] = useState("");
  const [column, setColumn] = useState<Column>("name");
  const [down, setDown] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => {
    const order = new Intl.Collator(locale, { numeric: true });
    const wanted = text.toLowerCase();
    const compare = (a: FileEntry, b: FileEntry) => {
      switch (column) {
        case "name":
          return order.compare(a.name, b.name);
        case "size":
          return a.size - b.size;
        case "modified":
          return (a.modified ?? "").localeCompare(b.modified ?? "");
      }
    };
    return entries
      .filter((entry) => entry.name.toLowerCase().includes(wanted))
      .sort((a, b) => Number(b.directory) - Number(a.directory) || (down ? -compare(a, b) : compare(a, b)));
  }, [entries, text, column, down, locale]);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const toggle = (entry: FileEntry) => {
    const next = new Set(chosen);
    if (!next.delete(entry.path)) next.add(entry.path);
    choose(next);
  };
  const head = (name: Column, label: string) => (
    <th scope="col" aria-sort={column !== name ? "none" : down ? "descending" : "ascending"} className={`col-${name}`}>
      <button
        type="button"
        className="sort"
        onClick={() => {
          setDown(column === name && !down);
          setColumn(name);
        }}
      >
        {label}
        {column === name && <Icon name={down ? "down" : "up"} size={12} />}
      </button>
    </th>
  );
  return (
    <>
      <div className="files-head">
        <TextInput
          aria-label={t.files.find}
          placeholder={t.files.find}
          size="xs"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <span className="note number" role="status">
          {loading ? t.files.loadingMore(number(entries.length)) : t.files.count(number(rows.length))}
        </span>
        <div className="actions files-actions">{actions}</div>
      </div>
      <div className="table files" ref={box} tabIndex={0} role="group" aria-label={t.views.files}>
        <table aria-rowcount={rows.length + 1}>
          <thead>
            <tr aria-rowindex={1}>
              {canDelete && (
                <th scope="col" className="col-choose">
                  <span className="hidden">{t.files.choose}</span>
                </th>
              )}
              {head("name", t.files.name)}
              {head("size", t.files.size)}
              {head("modified", t.files.modified)}
              <th scope="col" className="col-act">
                <span className="hidden">{t.files.actions}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {before > 0 && <tr aria-hidden="true" className="filler" style={{ height: before }} />}
            {items.map((item) => {
              const entry = rows[item.index]!;
              return (
                <Row
                  key={entry.path}
                  index={item.index + 2}
                  entry={entry}
                  chosen={chosen.has(entry.path)}
                  toggle={canDelete ? () => toggle(entry) : null}
                  show={() => show(entry)}
                />
              );
            })}
            {after > 0 && <tr aria-hidden="true" className="filler" style={{ height: after }} />}
          </tbody>
        </table>
      </div>
    </>
  );
}

function Row({
  index,
  entry,
  chosen,
  toggle,
  show,
}: {
  index: number;
  entry: FileEntry;
  chosen: boolean;
  toggle: (() => void) | null;
  show: () => void;
}) {
  const t = useTexts();
  const { bytes, time } = useFormat();
  return (
    <tr aria-rowindex={index} className={chosen ? "chosen" : ""}>
      {toggle !== null && (
        <td className="col-choose">
          <Checkbox size="xs" checked={chosen} onChange={toggle} aria-label={t.files.chooseOne(entry.name)} />
        </td>
      )}
      <td className="col-name">
        <span className="file-name">
          <Icon name={entry.directory ? "folder" : "file"} />
          {entry.directory ? (
            <Link href={addressOf(entry.path)} title={entry.name}>
              {entry.name}
            </Link>
          ) : (
            <button type="button" className="link" title={entry.name} onClick={show}>
              {entry.name}
            </button>
          )}
          {entry.partial && <span className="word">{t.files.partial}</span>}
        </span>
      </td>
      <td className="col-size number">{entry.directory ? "–" : bytes(entry.size)}</td>
      <td className="col-modified">{time(entry.modified)}</td>
      <td className="col-act">
        {!entry.directory && !entry.partial && (
          <a className="plain" href={contentOf(entry.path)} download={entry.name} aria-label={t.files.downloadOne(entry.name)}>
            <Icon name="pulls" size={16} />
          </a>
        )}
        <button type="button" className="plain" aria-label={t.files.detailsOf(entry.name)} onClick={show}>
          <Icon name="more" size={18} />
        </button>
      </td>
    </tr>
  );
}

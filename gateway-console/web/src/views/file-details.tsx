// One file or folder: what it is, what it looks like, and what can be done with it.
import { Button, Modal, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { contentOf, type FileChecksum, type FileDeletion, type FileEntry, get, post, readStart, remove, segment } from "../api";
import { useFormat } from "../format";
import { useTexts } from "../language";
import { useNotices } from "../notices";
import { Asking, Facts, Loaded } from "../parts";
import { cleaned } from "../paths";
import { useSelf } from "../self";

const IMAGES = ["png", "jpg", "jpeg", "gif", "webp", "avif", "bmp"];
const LARGEST_IMAGE = 32 * 1024 * 1024;

/** HTML and SVG are texts here: their source is shown, and nothing in it acts. */
const TEXTS =
  "txt md csv tsv json jsonl xml yml yaml toml ini conf cfg log html htm svg css js ts java py sh sql srt vtt properties edi"
    .split(" ");
const TEXT_BYTES = 64 * 1024;

/** Deletes a file, or a folder with everything in it, which may take several requests. */
export async function deleteEntry(entry: FileEntry): Promise<void> {
  const path = `/files?path=${segment(entry.path)}${entry.directory ? "&recursive=true" : ""}`;
  for (;;) {
    const { complete } = await remove<FileDeletion>(path);
    if (complete) return;
  }
}

export function FileDetails({ entry, close, changed }: { entry: FileEntry; close: () => void; changed: () => void }) {
  const t = useTexts();
  const self = useSelf();
  const notices = useNotices();
  const { bytes, time, number } = useFormat();
  const may = (permission: string) => self.permissions?.includes(permission as never) ?? false;
  const isFile = !entry.directory && !entry.partial;
  return (
    <Modal
      opened
      onClose={close}
      title={entry.name}
      size="lg"
      centered
      lockScroll={false}
      closeButtonProps={{ "aria-label": t.close }}
      transitionProps={{ duration: 0 }}
      classNames={{ title: "modal-title" }}
    >
      <div className="stack details">
        {isFile && may("read") && <Preview entry={entry} />}
        <Facts
          facts={[
            [t.files.path, entry.path],
            ...(entry.directory
              ? []
              : ([[t.files.size, `${bytes(entry.size)} (${number(entry.size)} B)`]] as [string, string][])),
            [t.files.modified, time(entry.modified)],
          ]}
        />
        {entry.partial && <p className="note">{t.files.partialHelp}</p>}
        {isFile && may("read") && <Checksum entry={entry} />}
        {!entry.partial && may("rename") && (
          <NewPath
            label={t.files.renameTo}
            button={t.files.rename}
            from={entry.path}
            run={(to) => post<void>("/files/moves", { from: entry.path, to })}
            done={() => {
              notices.done(t.files.renamed);
              changed();
            }}
          />
        )}
        {isFile && may("read") && may("write") && (
          <NewPath
            label={t.files.copyTo}
            button={t.files.copy}
            from={entry.path}
            run={(to) => post<FileEntry>("/files/copies", { from: entry.path, to })}
            done={() => {
              notices.done(t.files.copied);
              changed();
            }}
          />
        )}
        <div className="actions end">
          {may("delete") && (
            <Asking
              small={false}
              label={t.files.delete}
              question={t.files.deleteOne(entry.name)}
              text={entry.directory ? t.files.deleteFolderText : t.files.deleteText}
              run={() =>
                deleteEntry(entry).then(() => {
                  notices.done(t.files.deleted);
                  changed();
                }, notices.failed)
              }
            />
          )}
          {isFile && may("read") && (
            <Button component="a" href={contentOf(entry.path)} download={entry.name}>
              {t.files.download}
            </Button>
          )}
        </div>
      </div>
    </Modal>
  );
}

function NewPath({
  label,
  button,
  from,
  run,
  done,
}: {
  label: string;
  button: string;
  from: string;
  run: (to: string) => Promise<unknown>;
  done: () => void;
}) {
  const notices = useNotices();
  const [path, setPath] = useState(from);
  const [busy, setBusy] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    void run(cleaned(path))
      .then(done, notices.failed)
      .finally(() => setBusy(false));
  };
  return (
    <form className="new-path" onSubmit={submit}>
      <TextInput label={label} value={path} spellCheck={false} onChange={(event) => setPath(event.currentTarget.value)} />
      <Button type="submit" variant="default" loading={busy} disabled={cleaned(path) === from || cleaned(path) === "/"}>
        {button}
      </Button>
    </form>
  );
}

function Checksum({ entry }: { entry: FileEntry }) {
  const t = useTexts();
  const [wanted, setWanted] = useState(false);
  const sum = useQuery({
    queryKey: ["files", entry.path, "checksum", entry.size, entry.modified],
    queryFn: () => get<FileChecksum>(`/files/checksum?path=${segment(entry.path)}`),
    enabled: wanted,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (!wanted) {
    return (
      <div>
        <Button size="xs" variant="default" onClick={() => setWanted(true)}>
          {t.files.checksum}
        </Button>
      </div>
    );
  }
  return (
    <Loaded query={sum}>
      {(data) => (
        <p className="checksum">
          <span className="note">SHA-256</span> <code>{data.value}</code>
        </p>
      )}
    </Loaded>
  );
}

function Preview({ entry }: { entry: FileEntry }) {
  const t = useTexts();
  const [broken, setBroken] = useState(false);
  const end = entry.name.slice(entry.name.lastIndexOf(".") + 1).toLowerCase();
  if (IMAGES.includes(end) && entry.size <= LARGEST_IMAGE) {
    return broken ? (
      <p className="note">{t.files.noPreview}</p>
    ) : (
      <img
        className="preview"
        src={contentOf(entry.path, true)}
        alt={t.files.previewOf(entry.name)}
        onError={() => setBroken(true)}
      />
    );
  }
  return TEXTS.includes(end) && entry.size > 0 ? <TextPreview entry={entry} /> : null;
}

function TextPreview({ entry }: { entry: FileEntry }) {
  const t = useTexts();
  const { bytes } = useFormat();
  const start = useQuery({
    queryKey: ["files", entry.path, "start", entry.size, entry.modified],
    queryFn: async () => {
      const found = await readStart(entry.path, TEXT_BYTES);
      // A character that is cut off at the end is no sign of another encoding.
      const text = new TextDecoder().decode(found, { stream: found.length < entry.size });
      return found.includes(0) ? null : text;
    },
    retry: false,
  });
  return (
    <Loaded query={start}>
      {(text) =>
        text === null ? (
          <p className="note">{t.files.noPreview}</p>
        ) : (
          <>
            <pre className="preview" tabIndex={0} aria-label={t.files.previewOf(entry.name)}>
              <code>{text}</code>
            </pre>
            {entry.size > TEXT_BYTES && <p className="note">{t.files.onlyStart(bytes(TEXT_BYTES))}</p>}
          </>
        )
      }
    </Loaded>
  );
}

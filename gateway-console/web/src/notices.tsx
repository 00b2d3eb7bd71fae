// Short messages about what was just done. Screen readers announce them.
import { createContext, type ReactNode, useCallback, useContext, useRef, useState } from "react";
import { ApiProblem } from "./api";
import { Icon } from "./icons";
import { useTexts } from "./language";

interface Notice {
  id: number;
  text: string;
  isError: boolean;
}

interface Notices {
  done: (text: string) => void;
  failed: (error: unknown) => void;
}

const SHOWN_MS = 5000;
const ERROR_SHOWN_MS = 15_000;
const Context = createContext<Notices | null>(null);

export function useProblemText() {
  const t = useTexts();
  return useCallback(
    (error: unknown) => {
      if (!(error instanceof ApiProblem)) return String(error);
      if (error.status === 0) return t.errors.unreachable;
      return error.message || t.errors.unknown;
    },
    [t],
  );
}

export function NoticeProvider({ children }: { children: ReactNode }) {
  const t = useTexts();
  const problemText = useProblemText();
  const [notices, setNotices] = useState<Notice[]>([]);
  const next = useRef(1);
  const show = useCallback((text: string, isError: boolean) => {
    const id = next.current++;
    setNotices((all) => [...all.slice(-3), { id, text, isError }]);
    setTimeout(
      () => setNotices((all) => all.filter((one) => one.id !== id)),
      isError ? ERROR_SHOWN_MS : SHOWN_MS,
    );
  }, []);
  const [value] = useState<{ current: Notices }>({ current: { done: () => {}, failed: () => {} } });
  value.current = {
    done: (text) => show(text, false),
    failed: (error) => show(problemText(error), true),
  };
  return (
    <Context.Provider value={value.current}>
      {children}
      <div className="notices" role="status" aria-live="polite">
        {notices.map((notice) => (
          <div key={notice.id} className={notice.isError ? "notice bad" : "notice good"}>
            <Icon name={notice.isError ? "warning" : "check"} />
            <span>{notice.text}</span>
            <button
              type="button"
              className="plain"
              aria-label={t.close}
              onClick={() => setNotices((all) => all.filter((one) => one.id !== notice.id))}
            >
              <Icon name="close" />
            </button>
          </div>
        ))}
      </div>
    </Context.Provider>
  );
}

export function useNotices(): Notices {
  const notices = useContext(Context);
  if (notices === null) throw new Error("there is no NoticeProvider");
  return notices;
}

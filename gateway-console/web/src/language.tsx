import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import { de } from "./texts/de";
import { en } from "./texts/en";

export type Texts = typeof en;
export type Language = "en" | "de";

const KEY = "slipway-language";
const TEXTS: Record<Language, Texts> = { en, de };

interface Chosen {
  language: Language;
  /** For dates and numbers: the browser's own, if it is of the same language. */
  locale: string;
  texts: Texts;
  choose: (language: Language) => void;
}

const Context = createContext<Chosen | null>(null);

function first(): Language {
  const stored = localStorage.getItem(KEY);
  if (stored === "en" || stored === "de") return stored;
  return navigator.language.toLowerCase().startsWith("de") ? "de" : "en";
}

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState<Language>(first);
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const chosen = useMemo<Chosen>(
    () => ({
      language,
      locale: navigator.languages.find((one) => one.toLowerCase().startsWith(language)) ?? language,
      texts: TEXTS[language],
      choose: (next) => {
        localStorage.setItem(KEY, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <Context.Provider value={chosen}>{children}</Context.Provider>;
}

export function useLanguage(): Chosen {
  const chosen = useContext(Context);
  if (chosen === null) throw new Error("there is no LanguageProvider");
  return chosen;
}

export const useTexts = () => useLanguage().texts;

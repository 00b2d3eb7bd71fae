// Who has signed in.
import { createContext, useContext } from "react";
import { Link } from "wouter";
import { type Self, segment } from "./api";

const Context = createContext<Self | null>(null);

export const SelfProvider = Context.Provider;

export function useSelf(): Self {
  const self = useContext(Context);
  if (self === null) throw new Error("there is no SelfProvider");
  return self;
}

/** The name of an account, with a link for those who may see it. */
export function AccountLink({ name }: { name: string }) {
  const self = useSelf();
  return self.role === null ? <>{name}</> : <Link href={`/accounts?name=${segment(name)}`}>{name}</Link>;
}

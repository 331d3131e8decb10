/** What one check found. `fix` says what to do and is there whenever the state is not `ok`. */
export type Finding =
  | { readonly check: string; readonly state: 'ok'; readonly detail: string }
  | {
      readonly check: string;
      readonly state: 'warning' | 'fault';
      readonly detail: string;
      readonly fix: string;
    };

/** A finding that all is well. */
export const fine = (check: string, detail: string): Finding => ({ check, state: 'ok', detail });

/** A finding that should be looked at, though the program does its work. */
export const warning = (check: string, detail: string, fix: string): Finding => ({
  check,
  state: 'warning',
  detail,
  fix,
});

/** A finding that keeps the program from its work. */
export const fault = (check: string, detail: string, fix: string): Finding => ({
  check,
  state: 'fault',
  detail,
  fix,
});

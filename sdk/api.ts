import { readChoice, saveConsent } from './consent.ts';
import { addEvent } from './events.ts';
import { guarded } from './guard.ts';
import { buildLead } from './lead-fields.ts';
import { addLead } from './leads.ts';
import { chooseVariant } from './variants.ts';
import { openView } from './view.ts';

/** A call written as an array: `['event', 'signup', {…}]`. */
export type Call = readonly [name: string, ...args: never[]];

const push = guarded((call: unknown) => {
  const [name, ...args] = call as Call;
  return API[name]?.(...args);
});

const API: Record<string, (...args: never[]) => unknown> = {
  event: guarded(addEvent),
  lead: guarded((values: Record<string, unknown>) => addLead(buildLead(Object.entries(values)))),
  page: guarded(openView),
  consent: guarded(({ ads, analytics }: Record<string, unknown>) =>
    saveConsent({ ads: readChoice(ads), analytics: readChoice(analytics) }),
  ),
  variant: guarded(chooseVariant),
  push,
};

/** Puts `rastro` on the window; answers its `push`, for the calls that the page had put in an array of that name. */
export function publishApi(): (call: unknown) => unknown {
  Reflect.set(window, 'rastro', API);
  return push;
}

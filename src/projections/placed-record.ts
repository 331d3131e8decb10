import type { Click } from '../domain/click.ts';
import type { UncountedFact } from '../domain/facts.ts';
import type { LogCheckpoint } from '../log/segments.ts';
import type { LateFact } from './late-facts.ts';
import type { Visit } from './visits/read-visit.ts';

/** A record that can be folded, worked out as far as that needs no database. */
export type Foldable =
  | { readonly kind: 'click'; readonly click: Click }
  | { readonly kind: 'late'; readonly fact: LateFact }
  | { readonly kind: 'visit'; readonly visit: Visit }
  | { readonly kind: 'uncounted'; readonly fact: UncountedFact }
  | { readonly kind: 'erased' };

/** A foldable record and where it lies. */
export type PlacedRecord = Foldable & { readonly place: LogCheckpoint; readonly json: string };

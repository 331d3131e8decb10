/** What may become of a lead, in the order of a sale; `lost` may follow any. */
export const STAGE_NAMES = ['new', 'qualified', 'proposal', 'negotiation', 'won', 'lost'] as const;

/** A stage of a lead. */
export type StageName = (typeof STAGE_NAMES)[number];

/** Reads a stage's name; null if it is none of ours. */
export function readStageName(text: string): StageName | null {
  const name = text.trim().toLowerCase();
  return STAGE_NAMES.find((stage) => stage === name) ?? null;
}

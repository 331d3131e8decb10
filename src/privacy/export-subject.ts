import { recordAccess } from '../leads/access-log.ts';
import { searchArchives } from './archive-files.ts';
import { collectRecords, type SubjectRecord } from './collect-records.ts';
import { findMentions } from './find-mentions.ts';
import { findSubject } from './find-subject.ts';
import { searchLog } from './log-search.ts';
import { recordRun } from './privacy-runs.ts';
import type { PrivacyTools, SubjectRequest } from './privacy-tools.ts';
import { listRecipients, type Recipient } from './recipients.ts';

/** Everything that is kept of a person in one workspace. */
export interface SubjectExport {
  readonly run_id: string;
  readonly subject: { readonly kind: string; readonly value: string };
  readonly workspace_id: string;
  readonly exported_at: string;
  readonly records: readonly SubjectRecord[];
  /** Who was sent what, and when. */
  readonly recipients: readonly Recipient[];
}

/** `ambiguous`: the digits are one person's Telegram id and another's phone. */
export type ExportResult =
  | { readonly kind: 'exported'; readonly data: SubjectExport }
  | { readonly kind: 'ambiguous' };

/** Gathers what is kept of a person: rows with what is sealed opened, log, archives, recipients. The look is recorded. */
export async function exportSubject(tools: PrivacyTools, request: SubjectRequest): Promise<ExportResult> {
  const startedAt = new Date();
  const { db, leads } = tools;
  const found = await findSubject(db, leads, request);
  if (found.kind === 'ambiguous') return found;
  const { person, name } = found;
  const mentions = await findMentions(db, leads.vault, person);
  const records = [
    ...(await collectRecords(db, leads.vault, { person, mentions })),
    ...(await searchLog(tools.log, person)),
    ...(await searchArchives(tools, person)),
  ];
  const { workspaceId, actor, reason } = request;
  const counts = countSources(records);
  const run = {
    workspaceId,
    kind: 'export',
    actor,
    isDryRun: false,
    counts,
    note: reason,
    startedAt,
  } as const;
  const runId = await recordRun(db, run);
  const sources = Object.keys(counts);
  const looks = person.leadIds.map((id) => ({ subjectKind: 'lead' as const, subjectId: id }));
  await recordAccess(
    db,
    [...looks, { subjectKind: 'export' as const, subjectId: runId }].map((subject) => ({
      ...{ ...subject, workspaceId, actor, action: 'export', fields: sources, reason },
    })),
  );
  return {
    kind: 'exported',
    data: {
      run_id: runId,
      subject: { kind: name.kind, value: name.value },
      workspace_id: workspaceId,
      exported_at: startedAt.toISOString(),
      records,
      recipients: await listRecipients(db, person),
    },
  };
}

function countSources(records: readonly SubjectRecord[]): Record<string, number> {
  const groups = Map.groupBy(records, ({ source }) => source);
  return Object.fromEntries([...groups].map(([source, own]) => [source, own.length]));
}

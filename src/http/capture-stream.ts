import { z } from 'zod';
import type { StreamReport } from './deps.ts';

/** The stream that keeps the capture log on several machines; null where none is configured. */
export const captureStreamSchema = z
  .object({
    ok: z
      .boolean()
      .describe('Whether it takes records. While it does not, they are durable on the disk of this machine.'),
    detail: z.string(),
    replicas: z.int().describe('Copies that are up to date.'),
    replicas_wanted: z.int(),
    messages: z.int().describe('Kept in the stream.'),
    bytes: z.int(),
    replicated: z.int().describe('Records that it acknowledged, since the start of this process.'),
    diverted: z.int().describe('Records that went to the disk instead, since the start of this process.'),
  })
  .nullable();

/** Says how the stream is, as this process sees it. */
export function buildCaptureStream(report: StreamReport | null): z.infer<typeof captureStreamSchema> {
  if (report === null) return null;
  const { facts, replicated, diverted, wanted } = report;
  const trouble = report.trouble ?? report.diverting;
  return {
    ok: trouble === null,
    detail: describe(report, trouble),
    replicas: trouble === null ? (facts?.currentReplicas ?? 0) : 0,
    replicas_wanted: wanted.replicas,
    messages: facts?.messages ?? 0,
    bytes: facts?.bytes ?? 0,
    replicated,
    diverted,
  };
}

function describe({ facts, wanted }: StreamReport, trouble: string | null): string {
  if (trouble !== null) return `Not used: ${trouble}. Clicks are written to the disk of this machine only.`;
  if (facts?.danger) return `Dangerous settings: ${facts.danger}.`;
  const copies = facts?.currentReplicas ?? 0;
  return copies < wanted.replicas
    ? `Only ${copies} of ${wanted.replicas} copies are up to date.`
    : 'Clicks are on several machines before they are answered.';
}

import { readJsonObject } from '../../src/domain/http-message.ts';
import { readLog } from '../../src/log/read-log.ts';

/** Tokens of every click in one writer's log, folded or not. */
export async function readLogTokens(directory: string): Promise<ReadonlySet<string>> {
  const tokens = new Set<string>();
  let batch = await readLog({ directory, from: null });
  for (; ; batch = await readLog({ directory, from: batch.next })) {
    for (const { json } of batch.records) {
      const token = json.startsWith('{"kind":"click"') ? readJsonObject(json)?.token : null;
      if (typeof token === 'string') tokens.add(token);
    }
    if (batch.atEnd) return tokens;
  }
}

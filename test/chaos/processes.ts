import { readdirSync, readFileSync } from 'node:fs';

/** Processes of the server with this data directory, by the file that they run. */
export function findProcesses(dataDir: string, file: string): number[] {
  return readdirSync('/proc').flatMap((name) => {
    try {
      const runs = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(file);
      const isOurs = readFileSync(`/proc/${name}/environ`, 'utf8').includes(dataDir);
      return runs && isOurs ? [Number(name)] : [];
    } catch {
      return [];
    }
  });
}

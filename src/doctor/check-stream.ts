import type { CaptureStream } from '../log/nats/capture-stream.ts';
import { type Finding, fault, fine, warning } from './finding.ts';

/** What of a stream is looked at. */
type CheckedStream = Pick<CaptureStream, 'settings' | 'state' | 'look' | 'probe'>;

/** Whether the stream that keeps the capture log is reached, has its copies, and neither drops nor refuses records. */
export async function checkStream(stream: CheckedStream): Promise<Finding> {
  await stream.look();
  const { settings, state } = stream;
  const { facts, trouble } = state;
  const where = `${settings.stream} at ${settings.servers.join(', ')}`;
  if (trouble !== null || facts === null) {
    const fix =
      'See that most nodes of the cluster run with JetStream, can be reached from here and take this user (CAPTURE_LOG_URL, CAPTURE_LOG_CREDS; nats server report jetstream). Clicks are kept on this machine’s disk meanwhile, and folded.';
    return fault('capture stream', `${where} cannot be used: ${trouble}`, fix);
  }
  if (facts.danger !== null) {
    const fix = `Edit it: nats stream edit ${settings.stream} --max-age=0 --max-msgs=-1 --max-bytes=-1 --discard=new`;
    return fault('capture stream', `${where}: ${facts.danger}`, fix);
  }
  const taken = await tryToWrite(stream);
  if (taken.refusal !== null) {
    const fix =
      'See that the nodes have room (df -h; max_file_store; nats server report jetstream) and that this user may publish. Clicks are kept on this machine’s disk meanwhile, and folded.';
    return fault('capture stream', `${where} refuses records: ${taken.refusal}`, fix);
  }
  if (facts.replicas < settings.replicas) {
    const fix = `Start more nodes: the server asks for the missing copies once a minute. Or say how many there are to be: CAPTURE_LOG_REPLICAS=${facts.replicas}.`;
    const detail = `${where} keeps ${facts.replicas} of ${settings.replicas} copies: a machine that burns may take records with it`;
    return warning('capture stream', detail, fix);
  }
  if (facts.currentReplicas < facts.replicas) {
    const fix = 'Start the node that is away, or replace it: nats stream cluster peer-remove moves its copy.';
    const detail = `${where}: ${facts.currentReplicas} of ${facts.replicas} copies are up to date`;
    return warning('capture stream', detail, fix);
  }
  const detail = `${where}: ${facts.replicas} copies up to date, takes a record in ${taken.ms.toFixed(1)} ms`;
  return fine('capture stream', detail);
}

async function tryToWrite(
  stream: CheckedStream,
): Promise<{ readonly ms: number; readonly refusal: string | null }> {
  try {
    return { ms: await stream.probe(), refusal: null };
  } catch (error) {
    return { ms: 0, refusal: error instanceof Error ? error.message.slice(0, 200) : 'unknown error' };
  }
}

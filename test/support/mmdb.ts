import { isIPv6 } from 'node:net';

/** What a small database holds: networks (`177.32.0.0/16`, `2804:14c::/32`) with their records. */
export interface MmdbContent {
  readonly ipVersion: 4 | 6;
  readonly type?: string;
  readonly networks: Readonly<Record<string, unknown>>;
}

type Node = { left: Node | number | null; right: Node | number | null };

const SEPARATOR = Buffer.alloc(16);
const MARKER = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1');

/** The bytes of an `.mmdb` file, after MaxMind's specification 2.0, with 24-bit records. */
export function buildMmdb({ ipVersion, type = 'Test-City', networks }: MmdbContent): Buffer {
  const root: Node = { left: null, right: null };
  const data: Buffer[] = [];
  let size = 0;
  for (const [network, record] of Object.entries(networks)) {
    insert(root, readBits(network, ipVersion), size);
    const bytes = encode(record);
    data.push(bytes);
    size += bytes.length;
  }
  const nodes = listNodes(root);
  const index = new Map(nodes.map((node, number) => [node, number]));
  const point = (child: Node | number | null): number => {
    if (child === null) return nodes.length;
    return typeof child === 'number' ? child + nodes.length + SEPARATOR.length : (index.get(child) ?? 0);
  };
  const tree = Buffer.concat(
    nodes.map(({ left, right }) => {
      const bytes = Buffer.alloc(6);
      bytes.writeUIntBE(point(left), 0, 3);
      bytes.writeUIntBE(point(right), 3, 3);
      return bytes;
    }),
  );
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_790_000_000,
    database_type: type,
    description: {},
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 24,
  });
  return Buffer.concat([tree, SEPARATOR, ...data, MARKER, metadata]);
}

function readBits(network: string, ipVersion: 4 | 6): string {
  const [address = '', prefix = ''] = network.split('/');
  const isWide = isIPv6(address);
  const bits = isWide
    ? readIpv6Bits(address)
    : address
        .split('.')
        .map((part) => binary(Number(part), 8))
        .join('');
  // In a database of both kinds IPv4 lies under ::/96.
  const lead = !isWide && ipVersion === 6 ? '0'.repeat(96) : '';
  return lead + bits.slice(0, Number(prefix));
}

function readIpv6Bits(address: string): string {
  const [head = '', tail = ''] = address.split('::');
  const parts = (text: string) => (text === '' ? [] : text.split(':'));
  const gap = Array.from({ length: 8 - parts(head).length - parts(tail).length }, () => '0');
  return [...parts(head), ...gap, ...parts(tail)]
    .map((part) => binary(Number.parseInt(part, 16), 16))
    .join('');
}

const binary = (value: number, width: number): string => value.toString(2).padStart(width, '0');

function insert(root: Node, bits: string, offset: number): void {
  let node = root;
  for (let depth = 0; depth < bits.length; depth += 1) {
    const side = bits[depth] === '1' ? 'right' : 'left';
    if (depth === bits.length - 1) {
      node[side] = offset;
      return;
    }
    const child = node[side];
    const next: Node = typeof child === 'object' && child !== null ? child : { left: null, right: null };
    node[side] = next;
    node = next;
  }
}

function listNodes(root: Node): Node[] {
  const nodes = [root];
  for (const { left, right } of nodes) {
    for (const child of [left, right]) if (typeof child === 'object' && child !== null) nodes.push(child);
  }
  return nodes;
}

function encode(value: unknown): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([head(2, Buffer.byteLength(value)), Buffer.from(value)]);
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= 0 ? encodeWhole(value) : encodeDouble(value);
  if (Array.isArray(value)) return Buffer.concat([head(11, value.length), ...value.map(encode)]);
  const entries = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Buffer.concat([
    head(7, entries.length),
    ...entries.flatMap(([name, field]) => [encode(name), encode(field)]),
  ]);
}

function encodeWhole(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return Buffer.concat([head(6, 4), bytes]);
}

function encodeDouble(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return Buffer.concat([head(3, 8), bytes]);
}

/** Control byte; kinds above 7 are told in a second byte. Sizes here stay below 285. */
function head(kind: number, size: number): Buffer {
  const low = size < 29 ? size : 29;
  const first = kind > 7 ? [low, kind - 7] : [(kind << 5) | low];
  return Buffer.from(size < 29 ? first : [...first, size - 29]);
}

/** A PNG of a PIX code's QR, with the four-module quiet zone that readers need, readable on a phone's screen. */
export async function buildQrPng(copyPaste: string): Promise<Buffer> {
  // Loaded with the first picture: servers that sell nothing in a chat need none.
  const { toBuffer } = await import('qrcode');
  return toBuffer(copyPaste, { type: 'png', margin: 4, width: 640, errorCorrectionLevel: 'M' });
}

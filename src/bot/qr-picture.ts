import { toBuffer } from 'qrcode';

/** A PNG of a PIX code's QR, with the four-module quiet zone that readers need, readable on a phone's screen. */
export async function buildQrPng(copyPaste: string): Promise<Buffer> {
  return toBuffer(copyPaste, { type: 'png', margin: 4, width: 640, errorCorrectionLevel: 'M' });
}

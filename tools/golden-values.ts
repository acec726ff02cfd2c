import { createHash } from 'node:crypto';

const MOMENT = '2026-01-31T12:00:00.000Z';

/** Puts values into a golden file of test/golden/commands, where names stand for what differs. */
export function fillGolden(text: string): string {
  return text
    .replaceAll('<folder>', '/srv/shop')
    .replaceAll('<registry>', 'registry.example.com')
    .replaceAll('<moment>', MOMENT)
    .replaceAll('<platform>', 'linux/x64')
    .replaceAll('<version>', '24.0.0')
    .replaceAll(/<hash \d+>/g, (name) => makeHex(name, 64))
    .replaceAll(/<id \d+>/g, (name) => makeHex(name, 40));
}

function makeHex(name: string, digits: number): string {
  return createHash('sha256').update(name).digest('hex').slice(0, digits);
}

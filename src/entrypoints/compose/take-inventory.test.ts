import { describe, expect, it } from 'vitest';
import { nameSubject } from './take-inventory.ts';

describe('truth A22: a path of this machine is in no document', () => {
  it.each([
    ['oci-archive:/home/somebody/app.tar', 'oci-archive:app.tar'],
    ['docker-archive:/tmp/app.tar:shop/trips:1.0', 'docker-archive:trips:1.0'],
    ['oci:/home/somebody/build', 'oci:build'],
    ['rootfs:/mnt/image/', 'rootfs:image'],
    ['/home/somebody/shop', 'shop'],
    ['C:\\Users\\somebody\\shop', 'shop'],
    ['.', '.'],
    ['rootfs:/', 'rootfs:/'],
    ['oci-archive:build/app.tar', 'oci-archive:build/app.tar'],
    ['registry.example.com/shop/trips:1.0', 'registry.example.com/shop/trips:1.0'],
  ])('%s is called %s', (text, name) => {
    expect(nameSubject(text)).toBe(name);
  });
});

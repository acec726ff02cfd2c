import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { OpenDocuments } from './open-documents.ts';

describe('D2: documents that are open', () => {
  it('are as many as the limit; one that is open may change', () => {
    const documents = new OpenDocuments([]);
    for (let at = 0; at < LIMITS.editorDocumentsMax; at++)
      expect(documents.put(`file:///shop/${at}`, 1, '')).not.toBeNull();
    expect(documents.put('file:///shop/more', 1, '')).toBeNull();
    expect(documents.put('file:///shop/0', 2, 'x')).toMatchObject({ version: 2, text: 'x' });
    documents.remove('file:///shop/1');
    expect(documents.put('file:///shop/more', 1, '')).not.toBeNull();
  });

  it('belong to the nearest folder of the workspace, else to their own', () => {
    const documents = new OpenDocuments(['/shop', '/shop/web']);
    const place = (uri: string) => documents.put(uri, 1, '');
    expect(place('file:///shop/web/a/b')).toMatchObject({ root: '/shop/web', path: 'a/b' });
    expect(place('file:///shopping/a')).toMatchObject({ root: '/shopping', path: 'a' });
    for (const uri of ['untitled:a', 'file://%00', 'file:///a%2Fb', 'https://a.example/b'])
      expect(place(uri)).toBeNull();
  });
});

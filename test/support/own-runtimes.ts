import type { TarItem } from '../../tools/image/tar.ts';
import { packElf } from './elf.ts';
import { file } from './images.ts';

const ELF = packElf({ sections: [{ name: '.text', content: 'code' }], writable: 'data' });
const toJson = (value: object): string => `${JSON.stringify(value, null, 2)}\n`;

const program = (path: string, data: string): TarItem => ({
  path,
  content: packElf({ sections: [], writable: data }),
  mode: 0o755,
});

/** Node.js as its project publishes it, with an application. */
export function ownNode(): readonly TarItem[] {
  return [
    program('usr/local/bin/node', '\0node.js/v24.15.0\0'),
    file('app/package.json', '{"name":"shop","version":"1.0.0","private":true}'),
    file('app/node_modules/left/package.json', '{"name":"left","version":"1.0.0","license":"MIT"}'),
  ];
}

/** CPython as `make install` puts it, with a package that pip installed. */
export function ownPython(): readonly TarItem[] {
  const home = 'usr/local/lib/python3.13';
  const metadata =
    'Metadata-Version: 2.4\nName: Werkzeug\nVersion: 3.1.3\nLicense-Expression: BSD-3-Clause\n';
  return [
    program('usr/local/bin/python3.13', '\0Py_BytesMain\0'),
    program('usr/local/lib/libpython3.13.so.1.0', '\0Py_GetVersion\0'),
    file('usr/local/include/python3.13/patchlevel.h', '#define PY_VERSION "3.13.7"\n'),
    file(`${home}/site-packages/werkzeug-3.1.3.dist-info/METADATA`, metadata),
    file(`${home}/site-packages/werkzeug/__init__.py`, 'VERSION = 1\n'),
  ];
}

/** As `dotnet-install` puts it. */
export function dotnetRuntime(version: string): readonly TarItem[] {
  const name = `Microsoft.NETCore.App.Runtime.linux-x64/${version}`;
  const shared = `usr/share/dotnet/shared/Microsoft.NETCore.App/${version}`;
  const target = `.NETCoreApp,Version=v${version}/linux-x64`;
  return [
    {
      path: `${shared}/Microsoft.NETCore.App.deps.json`,
      content: toJson({
        runtimeTarget: { name: target },
        targets: { [target]: { [name]: { native: { 'libcoreclr.so': {} } } } },
        libraries: { [name]: { type: 'package' } },
      }),
    },
    { path: `${shared}/libcoreclr.so`, content: ELF },
    { path: `usr/share/dotnet/host/fxr/${version}/libhostfxr.so`, content: ELF },
    { path: 'usr/share/dotnet/dotnet', content: ELF, mode: 0o755 },
  ];
}

/** As `dotnet publish` puts it. */
export function dotnetApplication(id: string, version: string): readonly TarItem[] {
  const library = `${id}/${version}`;
  return [
    {
      path: 'app/Shop.deps.json',
      content: toJson({
        runtimeTarget: { name: 'x' },
        targets: {
          x: {
            'Shop/1.0.0': { dependencies: { [id]: version }, runtime: { 'Shop.dll': {} } },
            [library]: { runtime: { [`lib/net8.0/${id}.dll`]: {} } },
          },
        },
        libraries: { 'Shop/1.0.0': { type: 'project' }, [library]: { type: 'package' } },
      }),
    },
    { path: 'app/Shop.dll', content: 'MZ assembly' },
    { path: `app/${id}.dll`, content: 'MZ assembly' },
  ];
}

/** Files of .NET and winget, in the shape that their tools write. */

const HASH = Buffer.alloc(64, 7).toString('base64');

export const NUGET_LOCK = {
  version: 2,
  dependencies: {
    'net8.0': {
      A: {
        type: 'Direct',
        requested: '[1.0.0, )',
        resolved: '1.0.0',
        contentHash: HASH,
        dependencies: { B: '2.0.0' },
      },
      B: { type: 'CentralTransitive', resolved: '2.0.0-rc.1+x', contentHash: HASH },
      'shop.core': { type: 'Project', dependencies: { A: '[1.0.0, )' } },
    },
    'net8.0/linux-x64': {},
  },
};

export const NUGET_ASSETS = {
  version: 3,
  targets: {
    'net8.0': {
      'A/1.0.0': { type: 'package', dependencies: { B: '2.0.0' }, runtime: { 'lib/A.dll': {} } },
      'B/2.0.0': { type: 'package', compile: { 'ref/_._': {} } },
      'Shop.Core/1.0.0': { type: 'project', dependencies: { A: '1.0.0' } },
    },
  },
  libraries: { 'A/1.0.0': { sha512: HASH, type: 'package' } },
  project: {
    restore: { projectPath: '/srv/src/Shop.csproj' },
    frameworks: { 'net8.0': { dependencies: { A: { target: 'Package', version: '[1.0.0, )' } } } },
  },
  logs: [{ code: 'NU1603', level: 'Warning' }],
};

export const DEPS_JSON = {
  runtimeTarget: { name: '.NETCoreApp,Version=v8.0/linux-x64', signature: '' },
  targets: {
    '.NETCoreApp,Version=v8.0/linux-x64': {
      'Shop/1.0.0': { dependencies: { A: '1.0.0' }, runtime: { 'Shop.dll': {} } },
      'A/1.0.0': {
        runtime: { 'lib/net8.0/A.dll': { assemblyVersion: '1.0.0.0' } },
        resources: { 'lib/net8.0/de/A.resources.dll': { locale: 'de' } },
      },
      'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': { native: { 'libx.so': {} } },
    },
  },
  libraries: {
    'Shop/1.0.0': { type: 'project', serviceable: false, sha512: '' },
    'A/1.0.0': { type: 'package', sha512: `sha512-${HASH}` },
    'runtimepack.Microsoft.NETCore.App.Runtime.linux-x64/8.0.1': { type: 'runtimepack' },
  },
};

export const CSPROJ = `<Project Sdk="Microsoft.NET.Sdk;Acme.Sdk/1.0.0">
  <Import Project="..\\common.props" Condition="Exists('..\\common.props')" />
  <PropertyGroup><Log Condition="'$(Log)' == ''">4.0.0</Log></PropertyGroup>
  <ItemGroup Condition="'$(TargetFramework)' == 'net8.0'">
    <PackageReference Include="Serilog;Dapper" Version="$(Log)" PrivateAssets="all" />
    <PackageReference Update="A"><VersionOverride>[1.0,2.0)</VersionOverride></PackageReference>
    <PackageVersion Include="B" Version="1.*" />
    <GlobalPackageReference Include="C" Version="3.0.0" />
    <PackageDownload Include="D" Version="[1.0.0]" />
    <ProjectReference Include="..\\Core\\Core.csproj" />
  </ItemGroup>
</Project>
`;

export const PACKAGES_CONFIG =
  '<?xml version="1.0" encoding="utf-8"?>\n<packages>\n  <package id="A" version="1.0.0" ' +
  'targetFramework="net48" developmentDependency="true" />\n</packages>\n';

export const DOTNET_TOOLS = {
  version: 1,
  isRoot: true,
  tools: { 'dotnet-ef': { version: '8.0.1', commands: ['dotnet-ef'] } },
};

export const NUSPEC =
  '<?xml version="1.0"?><package xmlns="x"><metadata><id>a</id><version>1.0.0</version>' +
  '<license type="expression">MIT OR Apache-2.0</license></metadata></package>';

export const PAKET_LOCK =
  'STORAGE: NONE\nRESTRICTION: == net8.0\nNUGET\n  remote: https://registry.example.com/v3\n' +
  '    A (1.0) - restriction: >= net6.0\n      B (>= 2.0)\n    B (2.1)\n\nGROUP Build\n' +
  'GITHUB\n  remote: a/b\n    x.fs (abc)\n';

export const NUGET_CONFIG = `<configuration>
  <packageSources><clear /><add key="main" value="https://registry.example.com/v3/index.json" />
  </packageSources>
  <packageSourceMapping>
    <packageSource key="main"><package pattern="*" /></packageSource>
  </packageSourceMapping>
</configuration>
`;

export const WINGET_EXPORT = {
  WinGetVersion: '1.9.25200',
  Sources: [
    {
      Packages: [{ PackageIdentifier: 'Git.Git', Version: '2.50.1' }, { PackageIdentifier: 'A.B' }],
      SourceDetails: { Argument: 'https://registry.example.com/cache', Name: 'winget' },
    },
  ],
};

export const WINGET_DSC = `properties:
  configurationVersion: 0.2.0
  resources:
    - resource: Microsoft.WinGet.DSC/WinGetPackage
      settings: { id: Git.Git, version: 2.50.1, source: winget }
`;

export const WINGET_MANIFEST = `PackageIdentifier: Git.Git
PackageVersion: 2.50.1
Installers:
- Architecture: x64
  InstallerUrl: https://registry.example.com/git.exe
  InstallerSha256: ${'AB'.repeat(32)}
License: GPL-2.0-only
ManifestType: singleton
ManifestVersion: 1.6.0
`;

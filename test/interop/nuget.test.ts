import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFileTree } from '../../src/adapters/filesystem/index.ts';
import { inventoryTree } from '../../src/capabilities/inventory/index.ts';
import { orThrow } from '../../src/core/result.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-nuget-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PROJECT = `<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net8.0</TargetFramework>
    <RestorePackagesWithLockFile>true</RestorePackagesWithLockFile>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="Serilog.Sinks.Console" Version="6.0.0" />
    <PackageReference Include="Dapper" Version="2.1.35" />
  </ItemGroup>
</Project>
`;

interface ListedPackage {
  readonly id: string;
  readonly resolvedVersion: string;
}

/** What dotnet itself lists; null where it is not here, or cannot fetch the packages. */
function askDotnet(): readonly string[] | null {
  const project = join(folder, 'src/Shop.csproj');
  mkdirSync(join(folder, 'src'));
  writeFileSync(project, PROJECT);
  try {
    execFileSync('dotnet', ['restore', project], { stdio: 'ignore', timeout: 300_000 });
    const options = ['--include-transitive', '--format', 'json'];
    const said = execFileSync('dotnet', ['list', project, 'package', ...options]);
    const { projects } = JSON.parse(said.toString()) as {
      readonly projects: readonly {
        readonly frameworks: readonly {
          readonly topLevelPackages?: readonly ListedPackage[];
          readonly transitivePackages?: readonly ListedPackage[];
        }[];
      }[];
    };
    const frameworks = projects.flatMap((one) => one.frameworks);
    const listed = frameworks.flatMap(({ topLevelPackages = [], transitivePackages = [] }) => [
      ...topLevelPackages,
      ...transitivePackages,
    ]);
    return listed.map(({ id, resolvedVersion }) => `pkg:nuget/${id}@${resolvedVersion}`).sort();
  } catch {
    console.warn('skipped: packages are not compared with dotnet: it is absent, or cannot restore');
    return null;
  }
}

const listed = askDotnet();

describe.skipIf(listed === null)('packages of NuGet', () => {
  it('D10 B2: are those that dotnet list package names, from the lock', async () => {
    const inventory = await inventoryTree(orThrow(openFileTree(folder)), '.');
    expect([inventory.outcome, inventory.skips]).toEqual(['complete', []]);
    expect(inventory.components.map(({ purl }) => purl)).toEqual(listed);
  });
});

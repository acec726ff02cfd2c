// Made from the table of questions: node tools/docs.ts --write.

/** The JSON of each answer; every one has `apiVersion` too. */
export interface Answers {
  readonly releases: {
    readonly matched: readonly (string)[];
    readonly matchedMore: boolean;
    readonly notCompared: readonly (string)[];
    readonly otherVersions: readonly (string)[];
    readonly releases: readonly ({
      readonly name: string;
      readonly version: string;
      readonly releasedAt: string;
      readonly owner: string | null;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly components: readonly ({
        readonly purl: string;
        readonly image: string;
        readonly layer: string | null;
        readonly path: string | null;
        readonly version?: number;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
      readonly componentsMore: boolean;
    })[];
    readonly unknown: readonly ({
      readonly name: string;
      readonly version: string;
      readonly releasedAt: string;
      readonly owner: string | null;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly reason: 'inventory-missing' | 'inventory-partial';
    })[];
    readonly unknownMore: boolean;
    readonly next: string | null;
  };
  readonly exposure: {
    readonly names: readonly (string)[];
    readonly title: string | null;
    readonly link: string;
    readonly advisories: readonly (string)[];
    readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown';
    readonly score: number | null;
    readonly vector: string | null;
    readonly severitySource: {
      readonly by: 'distribution' | 'advisory' | 'cna' | 'cisa-adp';
      readonly record: string;
      readonly method: 'cvss-4.0' | 'cvss-3.1' | 'cvss-3.0' | 'cvss-2.0' | 'score' | 'word';
      readonly text: string;
    } | null;
    readonly releases: readonly ({
      readonly name: string;
      readonly version: string;
      readonly releasedAt: string;
      readonly owner: string | null;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly components: readonly ({
        readonly purl: string;
        readonly image: string;
        readonly status: 'affected' | 'unknown';
        readonly rule: string;
        readonly fixed: readonly (string)[];
        readonly advisory: string;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
      readonly deployments: readonly ({
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
        readonly affected: readonly (string)[];
      })[];
      readonly componentsMore: boolean;
      readonly deploymentsMore: boolean;
    })[];
    readonly claimed: readonly ({
      readonly tool: string;
      readonly scannedAt: string | null;
      readonly image: string;
      readonly names: readonly (string)[];
      readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown';
      readonly score: number | null;
      readonly purl: string | null;
      readonly name: string;
      readonly version: string;
      readonly fixed: readonly (string)[];
      readonly status: 'claimed' | 'not_affected';
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
      readonly deployments: readonly ({
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
    })[];
    readonly claimedMore: boolean;
    readonly unreleased: readonly ({
      readonly image: string;
      readonly purl: string;
      readonly deployments: readonly ({
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
    })[];
    readonly unreleasedMore: boolean;
    readonly unreleasedUnknown: readonly ({
      readonly image: string;
      readonly reason: 'inventory-missing' | 'inventory-partial' | 'version-not-compared' | 'components-not-covered';
      readonly notCovered: readonly (string)[];
      readonly deployments: readonly ({
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
    })[];
    readonly unreleasedUnknownMore: boolean;
    readonly undigested: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly reference: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly undigestedMore: boolean;
    readonly observed: boolean;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
    readonly excused: readonly ({
      readonly release: {
        readonly name: string;
        readonly version: string;
      };
      readonly purl: string;
      readonly image: string;
      readonly status: 'not_affected' | 'fixed';
      readonly justification: string | null;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly unknown: readonly ({
      readonly name: string;
      readonly version: string;
      readonly releasedAt: string;
      readonly owner: string | null;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly reason: 'inventory-missing' | 'inventory-partial' | 'version-not-compared' | 'components-not-covered';
      readonly components: readonly ({
        readonly purl: string;
        readonly image: string;
        readonly status: 'affected' | 'unknown';
        readonly rule: string;
        readonly fixed: readonly (string)[];
        readonly advisory: string;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
      readonly notCovered: readonly (string)[];
    })[];
    readonly unknownMore: boolean;
    readonly notCovered: readonly ({
      readonly ecosystem: string;
      readonly reason: 'no-feed' | 'no-matcher';
      readonly components: number;
      readonly purls: readonly (string)[];
      readonly releases: number;
      readonly examples: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
    })[];
    readonly updatedAt: string | null;
    readonly rejected: number;
    readonly next: string | null;
  };
  readonly where: {
    readonly releases: readonly ({
      readonly name: string;
      readonly version: string;
      readonly releasedAt: string;
      readonly owner: string | null;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly releasesMore: boolean;
    readonly deployments: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly image: string;
      readonly reference: string;
      readonly from: string;
      readonly until: string;
      readonly open: boolean;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
    })[];
    readonly undigested: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly reference: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly undigestedMore: boolean;
    readonly observed: boolean;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
    readonly next: string | null;
  };
  readonly why: {
    readonly matched: readonly (string)[];
    readonly matchedMore: boolean;
    readonly notCompared: readonly (string)[];
    readonly components: readonly ({
      readonly purl: string;
      readonly image: string;
      readonly layer: string | null;
      readonly path: string | null;
      readonly paths: number;
      readonly development: boolean;
      readonly chains: readonly ({
        readonly document: string;
        readonly chain: {
          readonly kind: 'path';
          readonly steps: readonly (string)[];
          readonly others?: readonly (readonly (string)[])[];
          readonly othersMore?: boolean;
        } | {
          readonly kind: 'rootless';
          readonly steps: readonly (string)[];
        } | {
          readonly kind: 'listed';
        } | {
          readonly kind: 'unknown';
          readonly why: string;
        };
      })[];
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly inventory: 'complete' | 'partial' | null;
    readonly more: boolean;
  };
  readonly findings: {
    readonly image?: string;
    readonly inventory: 'complete' | 'partial' | null;
    readonly findings: readonly ({
      readonly advisory: string;
      readonly names: readonly (string)[];
      readonly title: string | null;
      readonly link: string;
      readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown';
      readonly score: number | null;
      readonly vector: string | null;
      readonly severitySource: {
        readonly by: 'distribution' | 'advisory' | 'cna' | 'cisa-adp';
        readonly record: string;
        readonly method: 'cvss-4.0' | 'cvss-3.1' | 'cvss-3.0' | 'cvss-2.0' | 'score' | 'word';
        readonly text: string;
      } | null;
      readonly purl: string;
      readonly status: 'affected' | 'unknown' | 'not_affected';
      readonly fixed: readonly (string)[];
      readonly rule: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly claimed: readonly ({
      readonly tool: string;
      readonly scannedAt: string | null;
      readonly image: string;
      readonly names: readonly (string)[];
      readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown';
      readonly score: number | null;
      readonly purl: string | null;
      readonly name: string;
      readonly version: string;
      readonly fixed: readonly (string)[];
      readonly status: 'claimed' | 'not_affected';
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly notCovered: readonly (string)[];
    readonly notCoveredMore: boolean;
    readonly coverage: readonly ({
      readonly ecosystem: string;
      readonly components: number;
      readonly reason: 'no-feed' | 'no-matcher' | null;
      readonly updatedAt: string | null;
      readonly feeds: readonly (string)[];
    })[];
    readonly updatedAt: string | null;
    readonly rejected: number;
    readonly next: string | null;
  };
  readonly provenance: {
    readonly image?: string;
    readonly releases: readonly ({
      readonly name: string;
      readonly version: string;
      readonly releasedAt: string;
      readonly owner: string | null;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly build: {
        readonly id: string;
        readonly builder: string;
        readonly claimed?: true;
      } | null;
      readonly images: readonly ({
        readonly image: string;
        readonly reference: string;
      })[];
    })[];
    readonly commits: readonly ({
      readonly host: string;
      readonly repository: string;
      readonly commit: string;
      readonly author: string | null;
      readonly committer: string | null;
      readonly committedAt: string | null;
      readonly signed: boolean;
      readonly signer: {
        readonly format: string;
        readonly identity: string;
        readonly thumbprint: string | null;
      } | null;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly builds: readonly ({
      readonly id: string;
      readonly builder: string;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly claimed?: true;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly documents: readonly ({
      readonly kind: string;
      readonly digest: string;
      readonly subject: string;
      readonly mediaType: string;
      readonly claimedBy?: string;
      readonly recordedAt: string;
      readonly verifications: readonly ({
        readonly outcome: 'trusted' | 'untrusted' | 'undetermined';
        readonly signer: {
          readonly format: string;
          readonly identity: string;
          readonly thumbprint: string | null;
        } | null;
        readonly trustRevision: number;
        readonly verifiedAt: string;
        readonly reason: string | null;
      })[];
    })[];
    readonly deployments: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly image: string;
      readonly reference: string;
      readonly from: string;
      readonly until: string;
      readonly open: boolean;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
    })[];
    readonly more: boolean;
    readonly observed: boolean;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
    readonly next: string | null;
  };
  readonly verdicts: {
    readonly image?: string;
    readonly verdicts: readonly ({
      readonly gate: 'commit' | 'build' | 'release' | 'admission' | 'audit';
      readonly decision: 'allow' | 'deny' | 'undetermined';
      readonly workload: string | null;
      readonly policy: string;
      readonly firstAt: string;
      readonly lastAt: string;
      readonly repeats: number;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly next: string | null;
  };
  readonly violations: {
    readonly violations: readonly ({
      readonly id: string;
      readonly at: string;
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
      };
      readonly container: string | null;
      readonly pod: string | null;
      readonly rule: string;
      readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown';
      readonly detail: string;
      readonly cause: 'misconfiguration' | 'vulnerability' | 'unknown' | null;
      readonly joined: 'digest' | 'deployment' | 'ambiguous' | 'unknown';
      readonly images: readonly (string)[];
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
        readonly source: {
          readonly host: string;
          readonly repository: string;
          readonly commit: string;
          readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
        } | null;
        readonly owner: string | null;
      })[];
      readonly commits: readonly ({
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly author: string | null;
        readonly committer: string | null;
        readonly committedAt: string | null;
        readonly signed: boolean;
        readonly signer: {
          readonly format: string;
          readonly identity: string;
          readonly thumbprint: string | null;
        } | null;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly next: string | null;
  };
  readonly changes: {
    readonly changes: readonly ({
      readonly advisory: string;
      readonly purl: string;
      readonly change: 'affected' | 'unknown' | 'ended';
      readonly rule: string;
      readonly fixed: readonly (string)[];
      readonly at: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly notCovered: readonly ({
      readonly ecosystem: string;
      readonly reason: 'no-feed' | 'no-matcher';
    })[];
    readonly notCoveredMore: boolean;
    readonly rejected: number;
    readonly next: string | null;
  };
  readonly expiries: {
    readonly until: string;
    readonly expiries: readonly ({
      readonly endsAt: string;
      readonly by: 'chain' | 'signature';
      readonly signer: {
        readonly format: string;
        readonly identity: string;
        readonly thumbprint: string | null;
      } | null;
      readonly document: string;
      readonly kind: string;
      readonly image: string;
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
    })[];
    readonly undated: boolean;
    readonly next: string | null;
  };
  readonly diff: {
    readonly differences: readonly ({
      readonly what: 'provenance' | 'finding' | 'licence' | 'component';
      readonly change: 'added' | 'removed' | 'changed';
      readonly name: string;
      readonly from: string | null;
      readonly to: string | null;
      readonly severity: 'critical' | 'high' | 'medium' | 'low' | 'none' | 'unknown' | null;
    })[];
    readonly newFindings: number;
    readonly from: {
      readonly inventory: 'complete' | 'partial' | null;
      readonly judged: boolean;
      readonly licensed: boolean;
    };
    readonly to: {
      readonly inventory: 'complete' | 'partial' | null;
      readonly judged: boolean;
      readonly licensed: boolean;
    };
    readonly next: string | null;
  };
  readonly 'blast-radius': {
    readonly matched: readonly (string)[];
    readonly matchedMore: boolean;
    readonly releases: readonly ({
      readonly name: string;
      readonly version: string;
      readonly releasedAt: string;
      readonly owner: string | null;
      readonly source: {
        readonly host: string;
        readonly repository: string;
        readonly commit: string;
        readonly claimed?: readonly ('host' | 'repository' | 'commit')[];
      } | null;
      readonly document: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly deployments: readonly ({
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
    })[];
    readonly unreleased: readonly ({
      readonly image: string;
      readonly deployments: readonly ({
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
      })[];
    })[];
    readonly unreleasedMore: boolean;
    readonly unknown: readonly ({
      readonly name: string;
      readonly version: string;
    })[];
    readonly unknownMore: boolean;
    readonly undigested: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly reference: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly undigestedMore: boolean;
    readonly observed: boolean;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
    readonly next: string | null;
  };
  readonly licenses: {
    readonly image?: string;
    readonly licenses: readonly ({
      readonly licence: string | null;
      readonly components: number;
      readonly examples: readonly (string)[];
    })[];
    readonly unlicensed: number;
    readonly inventory: 'complete' | 'partial' | null;
    readonly documents: readonly (string)[];
    readonly unread: readonly (string)[];
    readonly more: boolean;
    readonly next: string | null;
  };
  readonly missing: {
    readonly deployments: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly image: string;
      readonly reference: string;
      readonly from: string;
      readonly until: string;
      readonly open: boolean;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
      readonly lacks: readonly ('release' | 'sbom' | 'signature' | 'provenance' | 'scan')[];
    })[];
    readonly scannedSince: string;
    readonly undigested: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly reference: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly undigestedMore: boolean;
    readonly observed: boolean;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
    readonly next: string | null;
  };
  readonly owners: {
    readonly owners: readonly ({
      readonly name: string;
      readonly owner: string | null;
      readonly by: 'ownership' | 'release' | null;
      readonly since: string;
      readonly newest: {
        readonly version: string;
        readonly releasedAt: string;
      };
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly next: string | null;
  };
  readonly 'patch-plan': {
    readonly names: readonly (string)[];
    readonly bases: readonly ({
      readonly layer: string;
      readonly components: readonly (string)[];
      readonly services: readonly (string)[];
    })[];
    readonly steps: readonly ({
      readonly service: string;
      readonly owner: string | null;
      readonly versions: readonly (string)[];
      readonly upgrades: readonly ({
        readonly purl: string;
        readonly fixed: readonly (string)[];
        readonly layer: string | null;
        readonly shared: boolean;
      })[];
      readonly places: readonly (string)[];
      readonly workloads: number;
    })[];
    readonly notRunning: number;
    readonly observed: boolean;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
    readonly open: boolean;
  };
  readonly timeline: {
    readonly image?: string;
    readonly events: readonly ({
      readonly at: string;
      readonly event: 'committed' | 'built' | 'released' | 'owned' | 'recorded' | 'verified' | 'decided' | 'started' | 'ended' | 'violated' | 'affected' | 'cleared';
      readonly what: string;
      readonly image: string | null;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly more: boolean;
    readonly observed: boolean;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
    readonly next: string | null;
  };
  readonly 'what-if': {
    readonly gate: 'commit' | 'build' | 'release' | 'admission' | 'audit';
    readonly comparedWith: 'policy-in-force' | 'recorded-decisions';
    readonly newlyDenied: readonly ({
      readonly image: string;
      readonly running: {
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
        readonly releases: readonly ({
          readonly name: string;
          readonly version: string;
        })[];
      } | null;
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
      readonly before: 'allow' | 'deny' | 'undetermined' | 'never-judged';
      readonly after: 'allow' | 'deny' | 'undetermined';
      readonly rules: readonly ({
        readonly rule: string;
        readonly action: 'deny' | 'warn' | 'record';
        readonly outcome: 'holds' | 'broken' | 'undetermined';
        readonly reason: string;
        readonly message: string | null;
        readonly fix: string | null;
      })[];
      readonly facts: string | null;
      readonly decidedAt: string | null;
      readonly decidedBy: 'commit' | 'build' | 'release' | 'admission' | 'audit' | null;
      readonly record: string | null;
    })[];
    readonly newlyAllowed: readonly ({
      readonly image: string;
      readonly running: {
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
        readonly releases: readonly ({
          readonly name: string;
          readonly version: string;
        })[];
      } | null;
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
      readonly before: 'allow' | 'deny' | 'undetermined' | 'never-judged';
      readonly after: 'allow' | 'deny' | 'undetermined';
      readonly rules: readonly ({
        readonly rule: string;
        readonly action: 'deny' | 'warn' | 'record';
        readonly outcome: 'holds' | 'broken' | 'undetermined';
        readonly reason: string;
        readonly message: string | null;
        readonly fix: string | null;
      })[];
      readonly facts: string | null;
      readonly decidedAt: string | null;
      readonly decidedBy: 'commit' | 'build' | 'release' | 'admission' | 'audit' | null;
      readonly record: string | null;
    })[];
    readonly newlyUndetermined: readonly ({
      readonly image: string;
      readonly running: {
        readonly cluster: string;
        readonly region: string | null;
        readonly namespace: string;
        readonly workload: {
          readonly kind: string;
          readonly name: string;
          readonly container: string;
        };
        readonly image: string;
        readonly reference: string;
        readonly from: string;
        readonly until: string;
        readonly open: boolean;
        readonly evidence: readonly ({
          readonly document: string;
          readonly kind: string;
          readonly signers: readonly (string)[];
          readonly claimedBy?: string;
        })[];
        readonly releases: readonly ({
          readonly name: string;
          readonly version: string;
        })[];
      } | null;
      readonly releases: readonly ({
        readonly name: string;
        readonly version: string;
      })[];
      readonly before: 'allow' | 'deny' | 'undetermined' | 'never-judged';
      readonly after: 'allow' | 'deny' | 'undetermined';
      readonly rules: readonly ({
        readonly rule: string;
        readonly action: 'deny' | 'warn' | 'record';
        readonly outcome: 'holds' | 'broken' | 'undetermined';
        readonly reason: string;
        readonly message: string | null;
        readonly fix: string | null;
      })[];
      readonly facts: string | null;
      readonly decidedAt: string | null;
      readonly decidedBy: 'commit' | 'build' | 'release' | 'admission' | 'audit' | null;
      readonly record: string | null;
    })[];
    readonly unchanged: {
      readonly deny: number;
      readonly allow: number;
      readonly undetermined: number;
    };
    readonly examined: number;
    readonly more: boolean;
    readonly undigested: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly namespace: string;
      readonly workload: {
        readonly kind: string;
        readonly name: string;
        readonly container: string;
      };
      readonly reference: string;
      readonly evidence: readonly ({
        readonly document: string;
        readonly kind: string;
        readonly signers: readonly (string)[];
        readonly claimedBy?: string;
      })[];
    })[];
    readonly undigestedMore: boolean;
    readonly observed: boolean | null;
    readonly silent: readonly ({
      readonly cluster: string;
      readonly region: string | null;
      readonly until: string;
    })[];
    readonly silentMore: boolean;
  };
}

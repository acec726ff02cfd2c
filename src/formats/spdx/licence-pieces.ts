/** A text that licence files consist of, in words as `recogniseLicenceText` compares them. */
export interface LicencePiece {
  /** What it grants; null for a heading or a sentence that grants nothing. */
  readonly id: string | null;
  /**
   * Its words: `{8}` is up to eight others, `word?` may be absent, `one|other` is either. With a
   * digest, only the first ones.
   */
  readonly text: string;
  /** With a digest, how many words it covers. */
  readonly count?: number;
  /** Of all its words with a space between them: the first half of their SHA-256 in hex. */
  readonly digest?: string;
}

const MIT_GRANT = `
  permission is hereby granted free of charge to any person obtaining a copy of this software
  and associated documentation files the software to deal in the software without restriction
  including without limitation the rights to use copy modify merge publish distribute sublicense
  and or sell copies of the software and to permit persons to whom the software is furnished to
  do so
`;
const MIT_CONDITION = `
  subject to the following conditions the above copyright notice and this permission notice
  shall be included in all copies or substantial portions of the software
`;
const MIT_WARRANTY = `
  the software is provided as is without warranty of any kind express or implied including but
  not limited to the warranties of merchantability fitness for a particular purpose and
  noninfringement in no event shall the {8} be liable for any claim damages or other liability
  whether in an action of contract tort or otherwise arising from out of or in connection with
  the software or the use or other dealings in|with the software
`;
const BSD_SOURCE = `
  redistribution and use in source and binary forms with or without modification are permitted
  provided that the following conditions are met redistributions of source code must retain the
  above copyright notice this list of conditions and the following disclaimer
`;
const BSD_BINARY = `
  redistributions in binary form must reproduce the above copyright notice this list of
  conditions and the following disclaimer in the documentation and or other materials provided
  with the distribution
`;
const BSD_ENDORSEMENT = `
  neither {20} nor the names|name of {6} may be used to endorse or promote products derived from
  this software without specific prior written permission
`;
const BSD_SHORT_ENDORSEMENT = `
  the names of its contributors may not be used to endorse or promote products derived from this
  software without specific prior written permission
`;
const BSD_WARRANTY = `
  this software is provided by {12} as is and any express or implied warranties including but
  not limited to the implied warranties of merchantability and fitness for a particular purpose
  are disclaimed in no event shall {12} be liable for any direct indirect incidental special
  exemplary or consequential damages including but not limited to procurement of substitute
  goods or services loss of use data or profits or business interruption however caused and on
  any theory of liability whether in contract strict liability or tort including negligence or
  otherwise arising in any way out of the use of this software even if advised of the
  possibility of such damage
`;
const ISC_GRANT = `
  permission to use copy modify and or? distribute this software for any purpose with or without
  fee is hereby granted
`;
const ISC_CONDITION = `
  provided that the above copyright notice and this permission notice appear in all copies
`;
const ISC_WARRANTY = `
  the software is provided as is and {8} disclaims|disclaim all warranties with regard to this
  software including all implied warranties of merchantability and fitness in no event shall {8}
  be liable for any special direct indirect or consequential damages or any damages whatsoever
  resulting from loss of use data or profits whether in an action of contract negligence or
  other tortious action arising out of or in connection with the use or performance of this
  software
`;

/** Texts with variable parts, as spdx.org/licenses has them. */
const SHORT: readonly (readonly [string, ...string[]])[] = [
  ['MIT', MIT_GRANT, MIT_CONDITION, MIT_WARRANTY],
  ['MIT-0', MIT_GRANT, MIT_WARRANTY],
  ['ISC', ISC_GRANT, ISC_CONDITION, ISC_WARRANTY],
  ['0BSD', ISC_GRANT, ISC_WARRANTY],
  ['BSD-2-Clause', BSD_SOURCE, BSD_BINARY, BSD_WARRANTY],
  ['BSD-3-Clause', BSD_SOURCE, BSD_BINARY, BSD_ENDORSEMENT, BSD_WARRANTY],
  ['BSD-3-Clause', BSD_SOURCE, BSD_BINARY, BSD_SHORT_ENDORSEMENT, BSD_WARRANTY],
  [
    'Zlib',
    `
    this software is provided as is without any express or implied warranty in no event will the
    {5} be held liable for any damages arising from the use of this software permission is granted
    to anyone to use this software for any purpose including commercial applications and to alter
    it and redistribute it freely subject to the following restrictions the origin of this
    software must not be misrepresented you must not claim that you wrote the original software if
    you use this software in a product an acknowledgment in the product documentation would be
    appreciated but is not required altered source versions must be plainly marked as such and
    must not be misrepresented as being the original software this notice may not be removed or
    altered from any source distribution
    `,
  ],
  [
    'Unlicense',
    `
    this is free and unencumbered software released into the public domain anyone is free to copy
    modify publish use compile sell or distribute this software either in source code form or as a
    compiled binary for any purpose commercial or non commercial and by any means in jurisdictions
    that recognize copyright laws the author or authors of this software dedicate any and all
    copyright interest in the software to the public domain we make this dedication for the
    benefit of the public at large and to the detriment of our heirs and successors we intend this
    dedication to be an overt act of relinquishment in perpetuity of all present and future rights
    to this software under copyright law the software is provided as is without warranty of any
    kind express or implied including but not limited to the warranties of merchantability fitness
    for a particular purpose and noninfringement in no event shall the authors be liable for any
    claim damages or other liability whether in an action of contract tort or otherwise arising
    from out of or in connection with the software or the use or other dealings in the software
    for more information please refer to http unlicense org
    `,
  ],
  [
    'BSL-1.0',
    `
    permission is hereby granted free of charge to any person or organization obtaining a copy of
    the software and accompanying documentation covered by this license the software to use
    reproduce display distribute execute and transmit the software and to prepare derivative works
    of the software and to permit third parties to whom the software is furnished to do so all
    subject to the following the copyright notices in the software and this entire statement
    including the above license grant this restriction and the following disclaimer must be
    included in all copies of the software in whole or in part and all derivative works of the
    software unless such copies or derivative works are solely in the form of machine executable
    object code generated by a source language processor the software is provided as is without
    warranty of any kind express or implied including but not limited to the warranties of
    merchantability fitness for a particular purpose title and non infringement in no event shall
    the copyright holders or anyone distributing the software be liable for any damages or other
    liability whether in contract tort or otherwise arising from out of or in connection with the
    software or the use or other dealings in the software
    `,
  ],
  [
    'Apache-2.0',
    `
    licensed under the apache license version 2 0 the license you may not use this {2} file except
    in compliance with the license you may obtain a copy of the license at http www apache org
    licenses license 2 0 unless required by applicable law or agreed to in writing software
    distributed under the license is distributed on an as is basis without warranties or
    conditions of any kind either express or implied see the license for the specific language
    governing permissions and limitations under the license
    `,
  ],
];

/** Long texts: what they grant, their first words, the number of their words, and their digest. */
const LONG: readonly (readonly [string | null, string, number, string])[] = [
  [
    'Apache-2.0',
    'apache license version 2 0 january 2004 http',
    1413,
    '9666d051921bc497595d01b3c5b73b1f',
  ],
  [null, 'appendix how to apply the apache license to', 85, '5632e3d7e64b7ad9fd2c14ed0daabfa9'],
  [
    'MPL-2.0',
    'mozilla public license version 2 0 definitions 1',
    2285,
    'bcafd79efc67fdef534f8c477a762c3a',
  ],
  [
    'GPL-2.0-only',
    'everyone is permitted to copy and distribute verbatim',
    2463,
    '1da1eecbc9efee53eddd5bcf20616d1f',
  ],
  [null, 'how to apply these terms to your new', 423, 'c751e8cad838d027a500de408405566d'],
  [
    'GPL-2.0-only',
    'everyone is permitted to copy and distribute verbatim',
    2466,
    'd4680d1246cc2a778d285b3a2522ecfd',
  ],
  [null, 'how to apply these terms to your new', 471, 'c3decaf3135fedd68b9bb1a0ce05d6ca'],
  [
    'LGPL-2.1-only',
    'everyone is permitted to copy and distribute verbatim',
    4017,
    'ac21c875cd8443510137ced6ef39c16e',
  ],
  [null, 'how to apply these terms to your new', 335, '1bfe8ae221c3b784cff973cc9e32bbca'],
  [null, 'how to apply these terms to your new', 324, '28245527ab134b080f8cedd3307f8667'],
  [
    'GPL-3.0-only',
    'gnu general public license version 3 29 june',
    5191,
    '6cde3c9518ce321c9202f4b387566aa3',
  ],
  [null, 'how to apply these terms to your new', 443, 'd9a5ecefe69f70efdda9870467867ebb'],
  [
    'GPL-3.0-only',
    'gnu general public license version 3 29 june',
    5194,
    '19c39c123634465bd5a548fe166e66b5',
  ],
  [null, 'how to apply these terms to your new', 443, '48704cfddc44cb1782272cf832734fbf'],
  [
    'AGPL-3.0-only',
    'gnu affero general public license version 3 19',
    5154,
    '1d91c7e8239468d764cde2e025dd358e',
  ],
  [null, 'how to apply these terms to your new', 360, '66928b76de20746d5cf4cb741403d3e0'],
  [
    'LGPL-3.0-only',
    'gnu lesser general public license version 3 29',
    1211,
    'cb8c0f424bdd5c42a0b18285893829d9',
  ],
  [
    'CC0-1.0',
    'creative commons legal code cc0 1 0 universal',
    1073,
    'fc3b7547cd22a69f533f8dc61ce0b9bb',
  ],
  [
    'EPL-2.0',
    'eclipse public license v 2 0 the accompanying',
    2137,
    '1aa28a7b43deb70dcb1fc4b49eeb10b7',
  ],
  [
    'CC-BY-4.0',
    'creative commons attribution 4 0 international creative commons',
    2535,
    'ec5874840882cb0a2aad363eea87110b',
  ],
  [
    'CC-BY-SA-4.0',
    'attribution sharealike 4 0 international creative commons corporation',
    2744,
    '00ce6d13d9693d682206012d95cd9025',
  ],
  [
    'CC-BY-SA-4.0',
    'creative commons attribution sharealike 4 0 international creative',
    2735,
    '99d6ac69aa3d995015939af15a35fa8b',
  ],
  [
    'MS-PL',
    'microsoft public license ms pl this license governs',
    404,
    'a2660f5558b5ae9368e8e5e9459db533',
  ],
  [
    'Artistic-2.0',
    'the artistic license 2 0 everyone is permitted',
    1357,
    '9f11dc17a44bd7c87618e210249a3a66',
  ],
  [
    'EPL-1.0',
    'eclipse public license v 1 0 the accompanying',
    1695,
    '3e97841e4968310f7df1058ad72d0078',
  ],
  [
    'Python-2.0',
    'python software foundation license version 2 this license',
    1443,
    '7ed53180440486a1695694e4ce36cb24',
  ],
];

/** Headings, and sentences that say which files a licence beside them is for. */
const HEADINGS: readonly string[] = [
  '51 franklin street fifth floor boston ma 02110 1301 usa',
  'all rights reserved',
  'all the remaining project files are covered by the apache license',
  'apache',
  'apache license',
  'apic go emitterc go parserc go readerc go scannerc go writerc go yamlh go yamlprivateh go',
  'authors all rights reserved',
  'based on http github com oguzbilgic fpd which has the following license',
  'boost software license version 1 0 august 17th 2003',
  'bsd',
  'bsd 2 clause license',
  'bsd 3 clause license',
  'bsd license',
  'end of terms and conditions',
  'files gzhttp',
  'go toml v2',
  'gocheck a rich testing framework for go',
  'files other than internal golang licensed under',
  'files s2 cmd internal filepathx',
  'files s2 cmd internal readahead',
  'files snappy files internal snapref',
  'gnu general public license version 2 june 1991',
  'gnu lesser general public license version 2 1 february 1999',
  'http www opensource org licenses mit license php',
  'internal golang files licensed under',
  'isc license',
  'isc license isc',
  'license',
  'mit',
  'mit license',
  'mit license expat',
  'mit license mit',
  'mozilla public license version 2 0 mpl 2 0',
  'new bsd license',
  `
  protocol buffers for go with gadgets go support for protocol buffers google s data
  interchange format http github com golang protobuf
  `,
  'simplified bsd license',
  'the bsd 2 clause license',
  'the bsd 3 clause license',
  'the bsd license',
  'the common types pb equal go modification of proto equal logic',
  `
  the following files were ported to go from c files of libyaml and thus are still covered
  by their original copyright and license
  `,
  `
  the following files were ported to go from c files of libyaml and thus are still covered
  by their original mit license with the additional
  `,
  `
  the following files were ported to go from c files of libyaml and thus are still covered
  by their original mit license with the additional copyright staring in 2011 when the
  project was ported over
  `,
  'the forked go yaml v2 library under the project is covered by an apache license',
  `
  the forked go yaml v3 library under this project is covered by two different licenses mit
  and apache
  `,
  'the isc license',
  'the mit license',
  'the mit license mit',
  'the unlicense',
  'the zlib license',
  'this project is covered by two different licenses mit and apache',
  'x11 license',
  'zlib license',
  `
  this source code form is subject to the terms of the mozilla public license v 2 0 if a copy of
  the mpl was not distributed with this file you can obtain one at http mozilla org mpl 2 0 if
  it is not possible or desirable to put the notice in a particular file then you may include
  the notice in a location such as a license file in a relevant directory where a recipient
  would be likely to look for such a notice you may add additional accurate notices of copyright
  ownership exhibit b incompatible with secondary licenses notice this source code form is
  incompatible with secondary licenses as defined by the mozilla public license v 2 0
  `,
];

export const LICENCE_PIECES: readonly LicencePiece[] = [
  ...SHORT.map(([id, ...parts]) => ({ id, text: joinWords(parts.join(' ')) })),
  ...LONG.map(([id, text, count, digest]) => ({ id, text, count, digest })),
  ...HEADINGS.map((text) => ({ id: null, text: joinWords(text) })),
];

function joinWords(text: string): string {
  return text.trim().split(/\s+/).join(' ');
}

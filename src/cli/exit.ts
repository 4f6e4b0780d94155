/** Exit codes of the program; `weir help` prints this table. */
export const EXIT = {
  ok: 0,
  invalidConfig: 1,
  changes: 2,
  failed: 3,
  broken: 4,
  partial: 5,
  usage: 64,
  noPermission: 77,
} as const;

export const EXIT_HELP = `Exit codes:
   0  done, or nothing to do
   1  the configuration is wrong; nothing was touched
   2  plan: there are changes to make
   3  failed; the link is as it was before
   4  failed, and the link could not be put back as it was
   5  in force in part: a section or direction was left out, or its device does not exist
  64  wrong usage
  77  no permission
`;

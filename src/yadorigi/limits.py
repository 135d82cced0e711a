"""Every limit that guards the program against hostile input, with its reason. A limit that bites is reported."""

from __future__ import annotations

from typing import Final

MEBIBYTE: Final = 1024 * 1024

MEMORY_BYTES: Final = 1536 * MEBIBYTE
"""What all processes of a run may come to, as far as it can be chosen how many there are."""

NUMBER_TEXT_LIMIT: Final = 64
"""Characters of a text that is still read as a number; no log writes longer ones, and ``int`` of a megabyte is slow."""

ADDRESS_TEXT_LIMIT: Final = 100
"""Characters of a text that is still read as an address."""

REGEX_TIMEOUT_SECONDS: Final = 0.5
"""Time for one search of a regular expression that cannot run in linear time; over it, a warning names the rule."""

REGEX_TIMEOUTS_LIMIT: Final = 20
"""Searches of one regular expression that may hit the time limit in one worker before it is not run there any more.

With the time above these are ten seconds; a rule that takes more looks as if the program hung.
"""

REGEX_MEMORY_BYTES: Final = 8 * MEBIBYTE
"""Memory of one compiled linear-time regular expression."""

RULE_FILE_LIMIT: Final = 4 * MEBIBYTE
"""Bytes of one rule file; SigmaHQ's largest is under 200 KiB."""

RULES_BYTES_LIMIT: Final = 512 * MEBIBYTE
"""Bytes of all rule files of a run; SigmaHQ has 8 MiB. An archive may be small and hold any number of bytes."""

RULE_EXPANSIONS_LIMIT: Final = 10_000
"""Values that the placeholders of one value of a rule may expand to."""

RULE_ALIAS_LIMIT: Final = 100_000
"""YAML nodes of one rule document once its aliases are expanded (a "billion laughs" document has 10^9)."""

RULE_DEPTH_LIMIT: Final = 64
"""Nesting of lists and maps inside one rule document."""

CORRELATION_RULES_LIMIT: Final = 10_000
"""Rules that one correlation may refer to."""

ORDERED_RULES_LIMIT: Final = 64
"""Rules in an ordered correlation: each of its events costs up to the square of this."""

CORRELATION_CLAUSES_LIMIT: Final = 256
"""Alternatives of a correlation's boolean condition; "and" of "or"s multiply."""

CORRELATION_HEIGHT_LIMIT: Final = 16
"""Correlations that stand on correlations that stand on …"""

GROUP_ITEMS_IN_MEMORY: Final = 20_000
"""Items of one group of a correlation that are held in memory; more lie on disk while they are correlated."""

WAITING_FRAMES_LIMIT: Final = 50_000
"""Items for correlations, and findings about bursts, that wait in memory before they go to disk."""

WAITING_CHARACTERS_LIMIT: Final = 16 * MEBIBYTE
"""Characters of events in what waits in memory before it goes to disk, and in one group that memory holds."""

COUNTED_VALUE_LENGTH: Final = 64
"""Characters of a value that ``value_count`` compares as it is; of a longer one, its SHA-256 is compared."""

REPEATED_EVIDENCE_BYTES: Final = 64 * MEBIBYTE
"""Bytes of evidence of bursts that are repeated in further findings about bursts above them; over it, these list only
the first records: one burst of ten thousand users may stand below ten thousand findings."""

REPEATED_RECORDS: Final = 10
"""Records of one burst below that such a finding still lists."""

RULE_FILES_LIMIT: Final = 200_000
"""Rule files below the given paths."""

RECORD_BYTES_LIMIT: Final = 16 * MEBIBYTE
"""Bytes of one JSON line; a Windows event has 64 KiB at most, an exported one a few times that."""

LINE_CHARACTERS_LIMIT: Final = MEBIBYTE
"""Characters of a line of a log; who writes a longer one is asked for it, and it is not read."""

EXPORT_ROW_CHARACTERS_LIMIT: Final = MEBIBYTE
"""Characters of one row of an export from Event Viewer; a message of Windows has some ten thousand at most."""

EXPORT_RECOVERIES_LIMIT: Final = 1_000
"""Rows without an end in one export behind which reading goes on: each is looked at twice."""

EXPORT_LABELS_LIMIT: Final = 200
"""Lines of one rendered message that look like labels, of which the fitting ones are sought; the first and the last."""

JSON_DEPTH_LIMIT: Final = 100
"""Nesting of one event's JSON; a Windows event has 10 levels at most."""

XML_ELEMENTS_LIMIT: Final = 20_000
"""Elements of one event as XML; a Windows event has some hundred at most, and each costs memory far beyond its text."""

JSON_NODES_LIMIT: Final = 200_000
"""Lists and objects in JSON whose end is not in sight; each costs memory far beyond its two characters."""

JSON_DAMAGE_LIMIT: Final = 256 * MEBIBYTE
"""Characters that are decoded in vain behind damage in one JSON file before the rest of it is given up: without a limit
an attacker could have every bracket tried to the end of the file."""

QUERY_ANSWER_BYTES_LIMIT: Final = 128 * MEBIBYTE
"""Bytes of an answer of Log Analytics, which is decoded as a whole; the service gives no more than some 100 million."""

REMEMBERED_VALUES: Final = 50_000
"""Distinct values of one field whose test results a worker remembers before it starts anew."""

REMEMBERED_VALUE_LENGTH: Final = 65_536
"""Characters of a value that is still remembered; longer ones are tested each time."""

REMEMBERED_CHARACTERS: Final = 16 * MEBIBYTE
"""Characters of all remembered values of one field before a worker starts anew."""

REMEMBERED_ANSWERS: Final = 200_000
"""Different combinations of tests that one field's values met, before a worker forgets them all."""

REMEMBERED_SIGNATURES: Final = 200_000
"""Combinations of test results that a worker remembers for one kind of event."""

REMEMBERED_CLAIMS: Final = 200_000
"""Regular expressions of which a process remembers the texts that their matches hold."""

REMEMBERED_PLACES: Final = 100_000
"""Hosts with the files that name them of which a process remembers the site, before it forgets them all; whoever writes
a log can invent hosts."""

SITES_LIMIT: Final = 1_000
"""Sites that a file of sites may name: what logs say of themselves is kept for each."""

SITE_ROWS_LIMIT: Final = 2_000_000
"""Hosts in files of which the sites are told in SQL: they are in memory together."""

SITES_FILE_BYTES: Final = 4 * MEBIBYTE
"""Bytes of a file of sites."""

KINDS_LIMIT: Final = 4_096
"""Kinds of events (channel, provider, event id) whose plans a worker keeps; an attacker can invent any number."""

COUNTED_KEYS_LIMIT: Final = 100_000
"""Distinct hosts, channels, users … that one table of counts keeps; the rest is counted together and named so."""

LANDMARKS_PER_TASK_LIMIT: Final = 10_000
"""Records about logs and computers (cleared, policy changed, shut down …) that one task keeps whole."""

LOG_RUNS_LIMIT: Final = 1_000
"""Runs of record numbers without a hole that are kept of one log of one host, the longest; what lies in others counts
as missing."""

HOLES_APART_LIMIT: Final = 32
"""Gaps between the records of one log that verdicts tell apart, and changes of one audit setting, for every part of the
period has lines for every behaviour. Of more gaps, those are one between which the log is at hand for a small share of
the time only."""

HOST_NAME_LIMIT: Final = 255
"""Characters of the name of a host or log that verdicts know; Windows allows no longer ones, each verdict says it."""

JUDGED_HOSTS_LIMIT: Final = 2_000
"""Hosts with logs that get verdicts, those with most events first; each has some hundred lines, and whoever writes a
log can invent hosts. More are counted."""

VERDICT_EVIDENCE_LIMIT: Final = 10
"""Records that one verdict names; the rest is counted in its words."""

UNKNOWN_HOSTS_LIMIT: Final = 250
"""Hosts without logs of their own that get verdicts, of which each has a line for every technique; more are counted."""

DISPLAY_CELL_LIMIT: Final = 2_000
"""Characters of one value shown on the terminal or in the CSV message column; findings.jsonl keeps it whole."""

CSV_CELL_LIMIT: Final = 32_000
"""Characters of one CSV cell: spreadsheets stop at 32,767."""

WARNINGS_PER_FILE_LIMIT: Final = 10_000
"""Warnings of one file kept one by one; the rest is one warning that counts them."""

NUMBER_RUNS_LIMIT: Final = 256
"""Runs of record numbers without a hole that are kept of one part of a file; a sound log has one or two in all."""

GAPS_PER_FILE_LIMIT: Final = 100
"""Holes in the record numbers of one file that are told one by one; the rest is one warning that counts them."""

DIRECTORY_DEPTH_LIMIT: Final = 64
"""Folders inside folders that discovery follows."""

GATHERED_RECORDS: Final = 8_000
"""Records that are decoded together: enough that every kind of event fills a column, few enough for flat memory."""

GATHERED_BYTES: Final = 32 * MEBIBYTE
"""Bytes of JSON that are decoded together."""

PIECE_BYTES: Final = 16 * MEBIBYTE
"""Bytes of a file that one worker reads as one task."""

PIECES_TOGETHER: Final = 512
"""Small files that one worker reads as one task, so that a task's description stays small."""

TASK_SECONDS_LIMIT: Final = 900.0
"""Time for one task (at most `PIECE_BYTES` of input); over it its worker is ended and the task reported as lost."""

READ_BYTES_PER_SECOND: Final = MEBIBYTE
"""Speed below which reading and matching a file that cannot be cut counts as hanging; it is some 20 MiB on a laptop."""

RUNS_MERGED_AT_ONCE: Final = 128
"""Files of sorted findings that are merged in one go; more are merged in several passes."""

UNPACKED_BYTES_LIMIT: Final = 1024**4
"""Bytes that one archive, with all archives inside it, may give; collections of whole servers have some hundred GiB."""

UNPACKED_RATIO_LIMIT: Final = 500
"""Bytes that one archive may give for each byte of its own, and any of its members half of that; logs in a solid 7z
come to 50, a bomb to a thousand."""

UNPACKED_BYTES_FREE: Final = 1024 * MEBIBYTE
"""Bytes that any archive may give whatever its ratio: a small archive of one large empty log is no bomb."""

UNPACKED_BYTES_LEAST: Final = 16 * MEBIBYTE
"""Bytes that must be left of what an archive may give for another member to be tried: else a million bombs would be."""

MEMBER_BYTES_LIMIT: Final = 256 * 1024 * MEBIBYTE
"""Bytes of one member of an archive."""

MEMBERS_LIMIT: Final = 250_000
"""Members of one archive, with those of all archives inside it; a large collection has some ten thousand."""

ARCHIVE_DEPTH_LIMIT: Final = 8
"""Archives inside archives that are opened."""

MEMBER_NAME_LIMIT: Final = 1_024
"""Characters of a member's name that are shown; Windows stops at 260 for most programs."""

MEMBER_HEADER_LIMIT: Final = MEBIBYTE
"""Bytes of what an archive says about one member (long names, extended attributes); the rest is passed over."""

DICTIONARY_BYTES_LIMIT: Final = 1024 * MEBIBYTE
"""Memory that an archive may ask for to be decompressed; 7-Zip's highest preset takes 64 MiB to 1 GiB."""

PASSWORD_TRIES_LIMIT: Final = 100_000
"""Tries of passwords on the members of one archive: each takes a millisecond, and no password may fit any member."""

DISK_RESERVE_BYTES: Final = 512 * MEBIBYTE
"""Free disk that unpacking leaves, so that findings can still be written."""

UNPACK_PART_BYTES: Final = 32 * MEBIBYTE
"""Bytes of a zip file that a worker unpacks as one task; what is smaller is not worth reading its directory twice."""

UNPACK_PARTS_LIMIT: Final = 16
"""Tasks of one zip file; each may give what `UNPACKED_RATIO_LIMIT` allows the whole."""

PASSWORDS_LIMIT: Final = 1_000
"""Passwords that are tried on an archive: one try on a 7z archive takes half a second."""

UNPACK_BYTES_PER_SECOND: Final = MEBIBYTE // 4
"""Bytes of an archive for which unpacking has one second more than `TASK_SECONDS_LIMIT`; old zip encryption is slow."""

LAKE_COMMIT_BYTES_LIMIT: Final = 256 * MEBIBYTE
"""Bytes of one commit of a lake; one of a thousand parts with a thousand kinds each has some hundred MiB."""

LAKE_COMMITS_BYTES_LIMIT: Final = 1024 * MEBIBYTE
"""Bytes of all commits of a lake, which are read whenever it is opened."""

LAKE_PART_CHARACTERS: Final = 64 * MEBIBYTE
"""Characters of events that one part of a lake is made of; a worker has them, and their columns, in memory."""

LAKE_ROW_GROUP_ROWS: Final = 122_880
"""Rows of a row group: what DuckDB reads as one piece of work, and enough for Spark."""

LAKE_ROW_GROUP_BYTES_LIMIT: Final = 1024 * MEBIBYTE
"""Bytes that one row group may come to in memory; more are a decompression bomb, not a part of events."""

LAKE_DROPPED_LOGS_LIMIT: Final = 10_000
"""Logs that a lake names of those that events were dropped of on purpose; whoever writes logs can invent hosts."""

LAKE_DAY_ROWS: Final = 100_000
"""Events of one day among those of a part from which on the day has a part of its own."""

LAKE_BLOOM_VALUES: Final = 20_000
"""Different values that a Bloom filter of a row group is made for; with more it lets more through and loses nothing."""

LAKE_DICTIONARY_BYTES: Final = 16 * MEBIBYTE
"""Bytes of a dictionary of payloads that come again; further ones are written as they are."""

LAKE_SLICE_ROWS: Final = 32_768
"""Events whose columns are made together."""

LAKE_SCAN_ROWS: Final = LAKE_ROW_GROUP_ROWS
"""Events of a part that one worker reads back in one go; who begins within a row group decodes what is before, too."""

LAKE_DISK_PERCENT: Final = 20
"""Free disk, in hundredths of the bytes of logs, below which a notice says that their events may not fit: spool and
lake together took 3 to 20 of logs of all kinds."""

LAKE_DISK_PERCENT_LEAST: Final = 3
"""And below which nothing is read at all, since they will not."""

VAULT_DISK_PERCENT: Final = 30
"""Free disk, in hundredths of the bytes of inputs that are not packed, below which a notice says that their originals
may not fit: zstd left 4 to 25 of logs of all kinds."""

VAULT_DISK_PERCENT_LEAST: Final = 2
"""And below which nothing is read at all, since they will not."""

INDICATOR_FILE_LIMIT: Final = 256 * MEBIBYTE
"""Bytes of one file of indicators; a million hashes have 65 MiB."""

INDICATOR_DOCUMENT_LIMIT: Final = 128 * MEBIBYTE
"""Bytes of one JSON or XML document of indicators, which is held in memory as a whole; ATT&CK as STIX has 45 MiB."""

INDICATOR_BYTES_LIMIT: Final = 2_048 * MEBIBYTE
"""Bytes of all files of indicators of a run; an archive may be small and hold any number of bytes."""

INDICATOR_FILES_LIMIT: Final = 100_000
"""Files of indicators; MISP feeds have one for each event, the largest some thousand."""

INDICATORS_LIMIT: Final = 5_000_000
"""Values that are looked for; each takes some 300 bytes of memory in every worker that does not share it."""

INDICATOR_VALUE_LIMIT: Final = 8_192
"""Characters of one indicator's value; URLs have 2,000 at most in practice."""

INDICATOR_TEXT_LIMIT: Final = 2_000
"""Characters kept of a title, a description or another text of an indicator."""

INDICATOR_LIST_LIMIT: Final = 50
"""References, labels or techniques kept of one indicator."""

INDICATOR_LINE_LIMIT: Final = 65_536
"""Characters of one line of a list or table of indicators."""

INDICATOR_COLUMNS_LIMIT: Final = 200
"""Columns of a table of indicators that are looked at."""

INDICATOR_OBJECTS_LIMIT: Final = 2_000_000
"""Objects of one STIX bundle, attributes of one MISP file, or elements of one OpenIOC file."""

INDICATOR_DEPTH_LIMIT: Final = 64
"""Nesting of brackets in a pattern, and of elements or objects in a document."""

INDICATOR_TOKENS_LIMIT: Final = 20_000
"""Words and signs of one STIX pattern."""

INDICATOR_ALTERNATIVES_LIMIT: Final = 1_000
"""Alternatives of one pattern after "and" was multiplied out over "or"."""

INDICATOR_PATTERNS_LIMIT: Final = 20_000
"""Indicators with wildcards or regular expressions: each is tried on every new value of its type."""

INDICATOR_TROUBLES_LIMIT: Final = 10_000
"""Refused and left-out indicators that are told one by one; the rest is counted by reason."""

INDICATOR_CONTEXTS_REMEMBERED: Final = 50_000
"""Contexts of a table's rows that are compared with the next ones."""

WARNING_LIST_ENTRIES_LIMIT: Final = 5_000_000
"""Entries of all warning lists; MISP's largest one has a million."""

OBSERVED_TEXT_LIMIT: Final = 1_048_576
"""Characters of one value in which values are looked for; Windows events have 65,536 at most."""

OBSERVED_WORD_LIMIT: Final = 512
"""Characters of one word of a text that is looked up; domains have 253, names of files 255."""

OBSERVED_PARENTS_LIMIT: Final = 128
"""Parents of one domain or registry key that are looked up; a domain has 127 labels at most."""

OBSERVED_LABELS_LIMIT: Final = 12
"""Labels of a domain in a text whose parents are looked up: a text of dots would have a quarter of a million."""

OBSERVED_PLACES_LIMIT: Final = 2_000
"""URLs, and paths, that are looked up of one text; the matcher counts the texts that hold more."""

OBSERVED_FIELDS_LIMIT: Final = 200
"""Names of fields of one kind of event that a worker remembers for the look-up of indicators; events with others are
decoded as a whole. Windows events have 81 at most."""

SCREENED_HASHES_LIMIT: Final = 240
"""Hashes that raw text is searched for before any field is decoded; with more, decoding costs less."""

QUERY_TEXT_LIMIT: Final = 256 * 1024
"""Characters of one SQL query; its parser needs stack and time for each."""

QUERY_NESTING_LIMIT: Final = 100
"""Parentheses that may be open at once in a query of another language than SQL."""

QUERY_STAGES_LIMIT: Final = 100
"""Stages of a hunting query, one after the other; the longest published ones have some twenty."""

QUERY_WORDS_LIMIT: Final = 20_000
"""Words, numbers and signs of a KQL query: its parser reads some twenty thousand a second."""

QUERY_PARTS_LIMIT: Final = 100_000
"""Parts of plans that a KQL query may come to, also in between: names that stand for others can double them with every
line."""

QUERY_DEPTH_LIMIT: Final = 150
"""Steps and values inside of each other in the plan of a KQL query; some stack is needed for each."""

QUERY_SECONDS: Final = 60.0
"""Time for one SQL query where nothing else is said."""

QUERY_MEMORY_BYTES: Final = 1024 * MEBIBYTE
"""Memory for one SQL query where nothing else is said; it writes nothing to disk, so what it sorts must fit."""

QUERY_OUTPUT_BYTES: Final = 16 * 1024 * MEBIBYTE
"""Bytes of a SQL query's result, as Arrow; a cross join of a small table with itself fills any disk."""

QUERY_SHOWN_ROWS: Final = 200
"""Rows that a query shows as a table on the terminal where nothing else is said."""

HUNT_FILE_LIMIT: Final = 1024 * 1024
"""Bytes of a file of a hunt; its query may have `QUERY_TEXT_LIMIT` characters."""

HUNT_ROWS_LIMIT: Final = 100_000
"""Rows of one hunt that become findings or lines of its table; who needs more asks with ``yadorigi query``."""

HUNT_FIELDS_SHOWN: Final = 40
"""Values of a row that a finding shows as what was found."""

VAULT_RECORD_BYTES_LIMIT: Final = 65_535
"""Bytes of one record of a vault: tlog-tiles gives two bytes to an entry's length."""

VAULT_NOTE_BYTES_LIMIT: Final = 256 * 1024
"""Bytes of a checkpoint with its signatures; a dozen witnesses add some 2 KiB."""

VAULT_SIGNATURES_LIMIT: Final = 256
"""Signatures of a checkpoint that are looked at; signed-note asks for 16 at least."""

VAULT_TREE_LIMIT: Final = 1 << 40
"""Leaves of a vault's log; a checkpoint that states more is no checkpoint of a case."""

VAULT_SEGMENT_BYTES: Final = 1024 * MEBIBYTE
"""Stored bytes after which a segment of originals is closed. One original that is larger is a segment by itself."""

VAULT_HEADER_BYTES_LIMIT: Final = 4096
"""Bytes of what stands before an original in a segment."""

VAULT_JOURNAL_BYTES_LIMIT: Final = 256 * MEBIBYTE
"""Bytes of the record of one commit; half a million receipts come to some 200 MiB."""

VAULT_SEGMENTS_LIMIT: Final = 1_000_000
"""Segments of a vault that are opened."""

VAULT_FILES_LIMIT: Final = 5_000_000
"""Files of a vault that are looked at: a log of 100 million records has some 800,000."""

VAULT_OBJECTS_LIMIT: Final = 2_000_000
"""Originals of a vault; where each is lies in memory, some 400 bytes for one, and a header is cheap to write."""

VERIFY_FAULTS_LIMIT: Final = 1_000
"""Faults of one kind that verifying a case keeps to tell them; further ones are counted."""

VERIFY_WINDOW: Final = 256
"""Bundles of records that are held against each other at once to say what was done to them: some 30 MiB."""

VERIFY_TASK_BYTES: Final = 16 * MEBIBYTE
"""Stored bytes of originals that one thread is given to verify at once."""

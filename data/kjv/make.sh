#!/bin/sh
# Makes train.txt, validation.txt and test.txt in a folder from Debian's packages bible-kjv and bible-kjv-text; README.md beside this file tells the rule.
#   apt-get install bible-kjv bible-kjv-text && data/kjv/make.sh FOLDER
set -eu
[ $# -eq 1 ] || { echo "usage: $0 FOLDER" >&2; exit 2; }
mkdir -p "$1"
# A line of the program is "Ge1:2 And the earth was ...": book and chapter, verse, words.
bible -f 'gen1:1-rev22:21' | LC_ALL=C awk -v folder="$1" '
  {
    chapter = substr($0, 1, index($0, ":") - 1)
    name = chapter; sub(/[0-9]+$/, "", name)
    if (name != book) { book = name; number++ }
    part = number % 11 == 0 ? "test" : number % 16 == 0 ? "validation" : "train"
    file = folder "/" part ".txt"
    if (chapter != last && (part in begun)) print "" > file
    begun[part] = last = chapter
    verse = substr($0, index($0, " ") + 1)
    gsub(/  +/, " ", verse); sub(/ $/, "", verse)
    print verse > file
  }
  END { if (NR != 31102 || number != 66) { print "expected 66 books of 31102 verses, found " number " of " NR > "/dev/stderr"; exit 1 } }'

-- A returned row is what makes no sense in seeds/channel_gates.csv, and how to mend it.
{{ wrong_rows('channel_gates', 'channel', [activity_types_check('activity_types')]) }}

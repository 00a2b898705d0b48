"""
References that the database checks once for all rows that a statement writes: triggers in the place of a composite foreign key.

What PostgreSQL does for a foreign key it does row by row, also where ten thousand rows refer to the same five. The triggers do the
same for all rows that a statement adds: what is referred to has to be there, in the same company, and is locked so that it stays.
What is still referred to cannot be removed, and its key does not change. Other than a foreign key they do not wait for the end of
the transaction: what refers goes before what it refers to.
"""

#: Names are those of the reference, with what each trigger stands for behind.
_WRITTEN = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $body$
DECLARE
    asked bigint;
    found bigint;
BEGIN
    SELECT COUNT(DISTINCT (company_id, {column})) INTO asked FROM written WHERE {column} IS NOT NULL;
    PERFORM FROM {target} kept
    JOIN (SELECT DISTINCT company_id, {column} FROM written WHERE {column} IS NOT NULL) one
        ON kept.company_id = one.company_id AND kept.id = one.{column}
    FOR KEY SHARE OF kept;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found <> asked THEN
        RAISE foreign_key_violation USING CONSTRAINT = '{name}', TABLE = '{table}',
            MESSAGE = 'rows written to {table} violate {name}: not there, or of another company';
    END IF;
    RETURN NULL;
END $body$;
CREATE OR REPLACE TRIGGER {name}_new AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION {name}();
"""
#: Rows that are written over mostly refer to what they did: only the others are looked at.
_SET = """
CREATE OR REPLACE FUNCTION {name}_anew() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    PERFORM FROM {target} kept WHERE kept.company_id = NEW.company_id AND kept.id = NEW.{column} FOR KEY SHARE;
    IF NOT FOUND THEN
        RAISE foreign_key_violation USING CONSTRAINT = '{name}', TABLE = '{table}',
            MESSAGE = 'a row changed in {table} violates {name}: not there, or of another company';
    END IF;
    RETURN NULL;
END $body$;
CREATE OR REPLACE TRIGGER {name}_set AFTER UPDATE ON {table} FOR EACH ROW
    WHEN (NEW.{column} IS NOT NULL AND (NEW.{column} IS DISTINCT FROM OLD.{column} OR NEW.company_id <> OLD.company_id))
    EXECUTE FUNCTION {name}_anew();
"""
_KEPT = """
CREATE OR REPLACE FUNCTION {name}_kept() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM {table} there JOIN gone ON gone.company_id = there.company_id AND gone.id = there.{column}) THEN
        RAISE foreign_key_violation USING CONSTRAINT = '{name}', TABLE = '{target}',
            MESSAGE = 'rows of {target} are still referred to by {table}: {name}';
    END IF;
    RETURN NULL;
END $body$;
CREATE OR REPLACE FUNCTION {name}_fixed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE foreign_key_violation USING CONSTRAINT = '{name}', TABLE = '{target}',
        MESSAGE = 'the key of a row of {target} does not change: {name}';
END $body$;
CREATE OR REPLACE TRIGGER {name}_gone AFTER DELETE ON {target}
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION {name}_kept();
CREATE OR REPLACE TRIGGER {name}_moved AFTER UPDATE ON {target} FOR EACH ROW
    WHEN (OLD.id <> NEW.id OR OLD.company_id <> NEW.company_id) EXECUTE FUNCTION {name}_fixed();
"""
#: What of these triggers there is for each reference, behind its name.
ENDINGS = ("_new", "_set", "_gone", "_moved")


def check_together(cursor, reference):
    """Let a reference be checked by statement, and no more by row."""
    names = {"name": reference.name, "table": reference.table, "column": reference.column, "target": reference.target}
    cursor.execute(f"ALTER TABLE {reference.table} DROP CONSTRAINT IF EXISTS {reference.name}")
    cursor.execute((_WRITTEN + _SET + _KEPT).format(**names))

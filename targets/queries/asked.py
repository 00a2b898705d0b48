"""
What is asked for, as SQL: the cells of the counted plans, whole or of the part that a lens looks at, now or as they were.

Each is a select of metric_id, month, person_id, unit_id and the three tiers; `counted` (`targets.queries.counted`) and, for
parts, `part_of` (id, plan_id) stand before them. With a product line or channel the lens looks at parts alone.
"""

ASKED_NOW = """
    SELECT counted.metric_id, target.month, target.person_id, target.unit_id, target.floor, target.commit, target.stretch
    FROM counted
    JOIN targets_target target
        ON target.company_id = %(company)s AND target.plan_id = counted.plan_id AND target.month = counted.month
"""
#: Nothing is read of targets for everything together where a part of them is looked at.
IS_WHOLE = "%(line)s::bigint IS NULL AND %(channel)s::bigint IS NULL"
PARTS_LOOKED_AT = """
    SELECT part.id, part.plan_id FROM targets_planpart part
    WHERE part.company_id = %(company)s AND (part.product_line_id = %(line)s::bigint OR part.channel_id = %(channel)s::bigint)
"""
PARTS_NOW = """
    SELECT counted.metric_id, target.month, target.person_id, target.unit_id, target.floor, target.commit, target.stretch
    FROM counted
    JOIN part_of ON part_of.plan_id = counted.plan_id
    JOIN targets_parttarget target
        ON target.company_id = %(company)s AND target.part_id = part_of.id AND target.month = counted.month
"""
#: The key of the row that a cell `target` stands in, as the images of steps name it.
ROW_OF_TARGET = """
    CASE WHEN target.person_id IS NULL THEN 'u' || target.unit_id ELSE 'p' || target.person_id || '-' || target.within_id END
"""
#: The rows that were changed since `known_before`, as the first step since then found them.
CHANGED_SINCE = """
    SELECT DISTINCT ON (step.plan_id, image.key) step.plan_id, image.key, image.cells
    FROM (SELECT DISTINCT plan_id FROM counted) plan
    JOIN targets_planstep step ON step.company_id = %(company)s AND step.plan_id = plan.plan_id AND step.made_at >= %(known_before)s
    CROSS JOIN LATERAL jsonb_each(step.before) AS image(key, cells)
    ORDER BY step.plan_id, image.key, step.id
"""
#: The same of parts, whose images are named `<row>.<part>`.
PARTS_CHANGED_SINCE = """
    SELECT DISTINCT ON (part_of.id, image.name) part_of.id AS part_id, part_of.plan_id, split_part(image.name, '.', 1) AS key, image.cells
    FROM part_of
    JOIN targets_partstep step ON step.company_id = %(company)s AND step.plan_id = part_of.plan_id AND step.made_at >= %(known_before)s
    CROSS JOIN LATERAL jsonb_each(step.before) AS image(name, cells)
    WHERE split_part(image.name, '.', 2) = part_of.id::text
    ORDER BY part_of.id, image.name, step.id
"""

#: The cells that images hold: this, where from (called `was`), and the rest.
CELLS_THEN_OF = """
    SELECT counted.metric_id, counted.month,
        CASE WHEN left(was.key, 1) = 'p' THEN split_part(substr(was.key, 2), '-', 1)::bigint END,
        CASE WHEN left(was.key, 1) = 'u' THEN substr(was.key, 2)::bigint END,
        (tiers ->> 0)::bigint, (tiers ->> 1)::bigint, (tiers ->> 2)::bigint
"""
IN_COUNTED_MONTHS = """
    JOIN counted ON counted.plan_id = was.plan_id
    CROSS JOIN LATERAL jsonb_array_elements(was.cells) WITH ORDINALITY AS image(tiers, number)
    WHERE counted.month = (counted.year_starts_on + (number - 1) * interval '1 month')::date
        AND ((tiers ->> 2)::bigint > 0 OR (tiers ->> 3)::int = 1)
"""

#: What the stages of campaigns ask for; `stage_share` (stage_plan_id) stands before. Both end in `stage_cell`.
STAGE_CELLS_NOW = """
stage_cell AS (
    SELECT target.stage_plan_id, target.period_id, target.person_id, target.unit_id, target.floor, target.commit, target.stretch
    FROM targets_stagetarget target
    WHERE target.company_id = %(company)s AND target.stage_plan_id IN (SELECT stage_plan_id FROM stage_share)
)
"""
#: The same as it was: the cells as they stand, those changed since `known_before` as the first step since then found them.
STAGE_CELLS_THEN = f"""
stage_was AS MATERIALIZED (
    SELECT DISTINCT ON (step.stage_plan_id, image.key, stage.id) step.stage_plan_id, image.key, stage.id::bigint AS period_id,
        image.cells -> (stage.number - 1)::int AS tiers
    FROM (SELECT DISTINCT stage_plan_id FROM stage_share) staged
    JOIN targets_stagestep step ON step.company_id = %(company)s AND step.stage_plan_id = staged.stage_plan_id
        AND step.made_at >= %(known_before)s
    CROSS JOIN LATERAL jsonb_each(step.before) AS image(key, cells)
    CROSS JOIN LATERAL jsonb_array_elements_text(step.inputs -> 'stages') WITH ORDINALITY AS stage(id, number)
    ORDER BY step.stage_plan_id, image.key, stage.id, step.id
),
stage_cell AS (
    SELECT target.stage_plan_id, target.period_id, target.person_id, target.unit_id, target.floor, target.commit, target.stretch
    FROM targets_stagetarget target
    WHERE target.company_id = %(company)s AND target.stage_plan_id IN (SELECT stage_plan_id FROM stage_share)
        AND NOT EXISTS (SELECT FROM stage_was was WHERE was.stage_plan_id = target.stage_plan_id
            AND was.period_id = target.period_id AND was.key = {ROW_OF_TARGET})
    UNION ALL
    SELECT was.stage_plan_id, was.period_id,
        CASE WHEN left(was.key, 1) = 'p' THEN split_part(substr(was.key, 2), '-', 1)::bigint END,
        CASE WHEN left(was.key, 1) = 'u' THEN substr(was.key, 2)::bigint END,
        (was.tiers ->> 0)::bigint, (was.tiers ->> 1)::bigint, (was.tiers ->> 2)::bigint
    FROM stage_was was
    WHERE (was.tiers ->> 2)::bigint > 0 OR (was.tiers ->> 3)::int > 0
)
"""

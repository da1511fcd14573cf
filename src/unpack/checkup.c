#include "unpack/checkup.h"

#include "base/text.h"

static enum err_code
print_json(struct outcome *o, const struct verdict *v,
    const struct findings *f, struct buf *to, struct err *e)
{
	json_t *all = NULL;

	if (v != NULL) {
		verdict_json(v, &o->violations, e);
		o->n_violations = verdict_count(v);
	}
	if (f != NULL && e->code == ERR_OK) {
		findings_json(f, &o->findings, e);
		o->n_findings = findings_count(f);
	}
	if (e->code == ERR_OK && outcome_json(o, &all, e) == ERR_OK)
		outcome_print(all, to, e);
	json_decref(o->violations);
	json_decref(o->findings);
	o->violations = o->findings = NULL;
	json_decref(all);
	return e->code;
}

enum err_code
checkup_print(struct outcome *o, const struct verdict *v,
    const struct findings *f, bool json, struct buf *to, struct err *e)
{
	if (json)
		return print_json(o, v, f, to, e);
	if (v != NULL && verdict_text(v, to, e) == ERR_OK &&
	    verdict_count(v) > 0 && !o->stats->complete)
		text_printf(to, e, "-  -  the rest was not read\n");
	if (f != NULL && e->code == ERR_OK)
		findings_text(f, to, e);
	return e->code;
}

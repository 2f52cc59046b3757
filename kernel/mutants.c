/* SPDX-License-Identifier: BSD-2-Clause */
/* The choice of a mutant; see mutants.h. */
#include "mutants.h"

#ifdef PAGODA_MUTANTS
const volatile struct mutant_choice mutant_choice = {"pagoda mutant:", MUTANT_NONE};
#endif

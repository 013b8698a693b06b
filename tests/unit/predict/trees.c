/* SPDX-License-Identifier: Apache-2.0 */
/* trees.c - the sum of the trees, and its early end. */
#include "tests/unit/lib/test.h"

#include "agent/predict/model/trees.h"

/* Leaf i holds (i + 1) / 8; a higher feature goes right. */
static const struct tree counting = {
	.at = { 0, 0, 0, 0, 0, 0, 0 },
	.leaf = { 1024, 2048, 3072, 4096, 5120, 6144, 7168, 8192 },
	.feature = { 0, 1, 2, 3, 4, 5, 6 },
};

TEST(each_leaf_is_found_by_its_three_answers)
{
	/* the features that its nodes ask, from the root: 0, then 1 or 2, then 3 to 6 */
	static const float answers[8][7] = {
		{ -1, -1, 1, -1, 1, 1, 1 },
		{ -1, -1, 1, 1, -1, -1, -1 },
		{ -1, 1, -1, 1, -1, 1, 1 },
		{ -1, 1, -1, -1, 1, -1, -1 },
		{ 1, 1, -1, 1, 1, -1, 1 },
		{ 1, 1, -1, -1, -1, 1, -1 },
		{ 1, -1, 1, 1, 1, 1, -1 },
		{ 1, -1, 1, -1, -1, -1, 1 },
	};

	for (int i = 0; i < 8; i++)
		assert_near(trees_sum(&counting, 1, answers[i]), (i + 1) / 8.0);
}

TEST(value_at_the_threshold_goes_left)
{
	static const float equal[7] = { 0 };

	assert_near(trees_sum(&counting, 1, equal), 1 / 8.0);
}

enum { TREES = 2 * TREES_STEP + 5 };

/* Each adds one while the feature is positive, and takes one away otherwise. */
static void plant(struct tree *trees)
{
	for (int i = 0; i < TREES; i++) {
		trees[i] = (struct tree){ .feature = { i >= TREES_STEP, 2, 2, 2, 2, 2, 2 } };
		for (int j = 0; j < 8; j++)
			trees[i].leaf[j] = j < 4 ? -8192 : 8192;
	}
}

TEST(early_exit_needs_a_sum_below_its_step)
{
	static const struct trees_exit exits[] = { { -19 * 8192, 3 * 8192 }, { 0, -7 * 8192 } };
	static const float low[] = { -1, 1, 0 }, falls[] = { 1, -1, 0 }, high[] = { 1, 1, 0 };
	struct tree trees[TREES];

	plant(trees);
	assert_near(trees_sum_early_exit(trees, TREES, exits, low), 3);
	assert_near(trees_sum_early_exit(trees, TREES, exits, high), TREES);
	/* 20 - 20 is not below 0: to the end */
	assert_near(trees_sum_early_exit(trees, TREES, exits, falls),
	        TREES_STEP - (TREES - TREES_STEP));
	trees[TREES_STEP - 1].leaf[4] = trees[TREES_STEP - 1].leaf[0]; /* 18 - 20 is */
	assert_near(trees_sum_early_exit(trees, TREES, exits, falls), -7);
}

TEST(after_the_last_step_nobody_leaves)
{
	static const struct trees_exit exits[] = { { 99 * 8192, 3 * 8192 } };
	static const float low[] = { -1, -1, 0 };
	struct tree trees[TREES];

	plant(trees);
	assert_near(trees_sum_early_exit(trees, TREES_STEP, exits, low), -TREES_STEP);
	assert_near(trees_sum_early_exit(trees, TREES_STEP + 1, exits, low), 3);
}

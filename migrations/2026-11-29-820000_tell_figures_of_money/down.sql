DROP FUNCTION money_figures();

drop table proposal_line;
drop table proposal;
